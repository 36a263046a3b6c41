/** Two measures of many things against each other; the size of a dot is a third. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { axis, type Quantity, quantity, quantityExact, UNIT_NAMES, type Unit } from "~/format/format";
import type { ChartClick } from "./canvas";
import { type ChartProps, FigureTable, Frame } from "./frame";
import { tooltip } from "./parts";
import { type ChartTheme, useChartTheme } from "./theme";
import { tip } from "./tip";

export interface Dot {
  /** Unique among the dots. */
  name: string;
  /** Beside the dot, where the name would be too long. */
  label?: string;
  x: Quantity;
  y: Quantity;
  /** Relative to the others: calls, for instance. */
  size: number;
  colour: string;
}

export interface Axis {
  name: string;
  unit: Unit;
  /** Equal distances are equal factors; for measures that span orders of magnitude. */
  log?: boolean;
}

interface ScatterProps extends Omit<ChartProps, "unit"> {
  x: Axis;
  y: Axis;
  sizeName: string;
  dots: readonly Dot[];
  onDot?: (dot: Dot) => void;
}

const LEAST_PX = 8;
const MOST_PX = 44;

export function Scatter({ x, y, sizeName, dots, onDot, ...frame }: ScatterProps) {
  const theme = useChartTheme();
  const drawn = useMemo(() => dots.filter((dot) => fits(dot.x, x) && fits(dot.y, y)), [dots, x, y]);
  const option = useMemo(() => optionOf(drawn, x, y, sizeName, theme), [drawn, x, y, sizeName, theme]);
  const pick = onDot
    ? ({ dataIndex }: ChartClick) => {
        const dot = drawn[dataIndex];
        if (dot) onDot(dot);
      }
    : undefined;
  return (
    <Frame
      {...frame}
      unit={`${y.name}, ${UNIT_NAMES[y.unit]}, against ${x.name.toLowerCase()}, ${UNIT_NAMES[x.unit]}`}
      isEmpty={drawn.length === 0}
      option={option}
      onClick={pick}
      table={
        <FigureTable
          head={["Name", x.name, y.name, sizeName]}
          rows={dots.map((dot) => ({
            key: dot.name,
            cells: [
              dot.name,
              quantityExact(dot.x, x.unit),
              quantityExact(dot.y, y.unit),
              dot.size.toLocaleString("en-US"),
            ],
          }))}
        />
      }
    />
  );
}

function fits(value: Quantity, { log }: Axis): boolean {
  return value != null && (!log || Number(value) > 0);
}

function optionOf(
  dots: readonly Dot[],
  x: Axis,
  y: Axis,
  sizeName: string,
  theme: ChartTheme,
): EChartsCoreOption {
  const most = Math.max(1, ...dots.map(({ size }) => size));
  const scale = (side: Axis) => ({
    type: side.log ? ("log" as const) : ("value" as const),
    name: `${side.name} (${UNIT_NAMES[side.unit]})`,
    nameLocation: "middle" as const,
    nameTextStyle: { color: theme.dim, fontSize: 11 },
    nameGap: side === x ? 26 : 52,
    axisLabel: {
      color: theme.dim,
      fontSize: 11,
      hideOverlap: true,
      formatter: (value: number) => axis(value, side.unit),
    },
    splitLine: { lineStyle: { color: theme.line } },
  });
  return {
    grid: { left: 66, right: 24, top: 22, bottom: 44 },
    xAxis: scale(x),
    yAxis: scale(y),
    tooltip: {
      ...tooltip(theme),
      formatter: ({ dataIndex }: { dataIndex: number }) => {
        const dot = dots[dataIndex];
        return tip(dot?.name ?? "", [
          { name: x.name, value: quantity(dot?.x, x.unit) },
          { name: y.name, value: quantity(dot?.y, y.unit) },
          { name: sizeName, value: (dot?.size ?? 0).toLocaleString("en-US") },
        ]);
      },
    },
    series: [
      {
        type: "scatter",
        data: dots.map((dot) => ({
          name: dot.name,
          value: [Number(dot.x), Number(dot.y)],
          // The area is the quantity, not the radius.
          symbolSize: LEAST_PX + (MOST_PX - LEAST_PX) * Math.sqrt(dot.size / most),
          itemStyle: { color: dot.colour, opacity: 0.82, borderColor: theme.surface, borderWidth: 1 },
        })),
        label: {
          show: true,
          position: "top",
          formatter: ({ dataIndex }: { dataIndex: number }) =>
            dots[dataIndex]?.label ?? dots[dataIndex]?.name ?? "",
          color: theme.text,
          fontSize: 11,
          minMargin: 2,
        },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "self" },
      },
    ],
  };
}
