/** Shares of a whole as areas, one level or two. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { percent, type Quantity, quantity, quantityExact, UNIT_NAMES, type Unit } from "~/format/format";
import type { ChartClick } from "./canvas";
import { type ChartProps, FigureTable, Frame } from "./frame";
import { decalOf, tooltip } from "./parts";
import { type ChartTheme, useChartTheme } from "./theme";
import { tip } from "./tip";

export interface Area {
  name: string;
  value: Quantity;
  /** Of the whole, 0 to 1. */
  share: number | null;
  colour: string;
  hatched?: boolean;
  parts?: readonly Omit<Area, "parts" | "colour">[];
}

interface TreeMapProps extends Omit<ChartProps, "unit"> {
  unit: Unit;
  areas: readonly Area[];
  onArea?: (path: string[]) => void;
}

export function TreeMapChart({ unit, areas, onArea, ...frame }: TreeMapProps) {
  const theme = useChartTheme();
  const option = useMemo(() => optionOf(areas, unit, theme), [areas, unit, theme]);
  const pick = onArea
    ? ({ data }: ChartClick) => {
        const { path, hatched } = data as { path?: string[]; hatched?: boolean };
        if (path && !hatched) onArea(path);
      }
    : undefined;
  return (
    <Frame
      {...frame}
      unit={UNIT_NAMES[unit]}
      isEmpty={areas.length === 0}
      option={option}
      onClick={pick}
      table={
        <FigureTable
          head={["Name", "Value", "Share"]}
          rows={areas.flatMap((area) => [
            row(area.name, area, unit),
            ...(area.parts ?? []).map((part) => row(`${area.name} · ${part.name}`, part, unit)),
          ])}
        />
      }
    />
  );
}

function row(name: string, area: Omit<Area, "parts" | "colour">, unit: Unit) {
  return {
    key: name,
    cells: [name, <span key="value">{quantityExact(area.value, unit)}</span>, percent(area.share)],
  };
}

function optionOf(areas: readonly Area[], unit: Unit, theme: ChartTheme): EChartsCoreOption {
  const leaf = (area: Omit<Area, "parts">, path: string[]) => ({
    name: area.name || "(none)",
    value: Math.max(0, Number(area.value ?? 0)),
    shown: area.value,
    share: area.share,
    path,
    hatched: area.hatched ?? false,
    itemStyle: { color: area.colour, decal: decalOf(area.hatched ?? false) },
  });
  return {
    tooltip: {
      ...tooltip(theme),
      formatter: ({ name, data }: { name: string; data: { shown: Quantity; share: number | null } }) =>
        tip(name, [
          { name: UNIT_NAMES[unit], value: quantity(data?.shown, unit) },
          { name: "Share", value: percent(data?.share) },
        ]),
    },
    series: [
      {
        type: "treemap",
        left: 0,
        right: 0,
        top: 4,
        bottom: 0,
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        label: {
          color: "#fff",
          fontSize: 12,
          overflow: "truncate",
          textShadowBlur: 2,
          textShadowColor: "#0008",
        },
        upperLabel: { show: areas.some(({ parts }) => parts), height: 20, color: "#fff", fontSize: 11 },
        itemStyle: { borderColor: theme.surface, borderWidth: 1, gapWidth: 1 },
        data: areas.map((area) => ({
          ...leaf(area, [area.name]),
          ...(area.parts
            ? {
                children: area.parts.map((part) =>
                  leaf({ ...part, colour: area.colour }, [area.name, part.name]),
                ),
              }
            : {}),
        })),
      },
    ],
  };
}
