/** Hour of the day against day of the week. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { axis, type Quantity, quantity, quantityExact, UNIT_NAMES, type Unit } from "~/format/format";
import { type ChartProps, FigureTable, Frame } from "./frame";
import { categoryAxis, GRID, tooltip } from "./parts";
import { WEEKDAYS } from "./periods";
import { type ChartTheme, useChartTheme } from "./theme";
import { tip } from "./tip";

interface HeatMapProps extends Omit<ChartProps, "unit"> {
  unit: Unit;
  /** 168 of them: Monday 0 h first, as grain=weekday_hour gives them. */
  values: readonly Quantity[];
}

const HOURS = Array.from({ length: 24 }, (_, hour) => `${hour}`);

export function HeatMap({ unit, values, ...frame }: HeatMapProps) {
  const theme = useChartTheme();
  const option = useMemo(() => optionOf(values, unit, theme), [values, unit, theme]);
  return (
    <Frame
      {...frame}
      unit={UNIT_NAMES[unit]}
      isEmpty={values.every((value) => value == null || Number(value) === 0)}
      option={option}
      table={
        <FigureTable
          head={["Hour", ...WEEKDAYS]}
          rows={HOURS.map((hour, place) => ({
            key: hour,
            cells: [
              `${hour} h`,
              ...WEEKDAYS.map((day, row) => (
                <span key={day} className="num">
                  {quantityExact(values[row * 24 + place], unit)}
                </span>
              )),
            ],
          }))}
        />
      }
    />
  );
}

function optionOf(values: readonly Quantity[], unit: Unit, theme: ChartTheme): EChartsCoreOption {
  const data = values.map((value, place) => [
    place % 24,
    Math.floor(place / 24),
    value == null ? "-" : Number(value),
  ]);
  const most = Math.max(0, ...values.map((value) => Number(value ?? 0)));
  return {
    grid: { ...GRID, bottom: 48 },
    xAxis: categoryAxis(theme, HOURS),
    yAxis: { ...categoryAxis(theme, WEEKDAYS), inverse: true },
    visualMap: {
      type: "continuous",
      min: 0,
      max: most || 1,
      orient: "horizontal",
      left: 0,
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      text: [axis(most, unit), "0"],
      textStyle: { color: theme.dim, fontSize: 11 },
      // One hue from the surface to dark or light: read by lightness, so also without colour.
      inRange: {
        color:
          theme.scheme === "dark" ? ["#191d1f", "#1d5c50", "#7fe0c9"] : ["#f1f6f5", "#6db9a8", "#03463a"],
      },
    },
    tooltip: {
      ...tooltip(theme),
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const hour = dataIndex % 24;
        const head = `${WEEKDAYS[Math.floor(dataIndex / 24)]} ${hour}:00 – ${hour + 1}:00`;
        return tip(head, [{ name: UNIT_NAMES[unit], value: quantity(values[dataIndex], unit) }]);
      },
    },
    series: [{ type: "heatmap", data, itemStyle: { borderColor: theme.surface, borderWidth: 1 } }],
  };
}
