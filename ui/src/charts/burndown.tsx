/** A budget's spend in its period against its limit, and where it is heading. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { type Quantity, quantity, quantityExact, UNIT_NAMES, type Unit } from "~/format/format";
import { instant } from "~/format/zone";
import { type ChartProps, FigureTable, Frame } from "./frame";
import { GRID, tooltip, valueAxis } from "./parts";
import { type ChartTheme, useChartTheme } from "./theme";
import { tip } from "./tip";

export interface CoursePoint {
  at: string;
  spent: Quantity;
  limit: Quantity;
}

export interface ForecastPoint {
  at: string;
  low: Quantity;
  expected: Quantity;
  high: Quantity;
}

interface BurndownProps extends Omit<ChartProps, "unit"> {
  unit: Unit;
  zone: string;
  begins: string;
  ends: string;
  points: readonly CoursePoint[];
  forecast: readonly ForecastPoint[];
  /** When the limit is expected to be reached. */
  crossing?: string | null;
}

export function Burndown({
  unit,
  zone,
  begins,
  ends,
  points,
  forecast,
  crossing = null,
  ...frame
}: BurndownProps) {
  const theme = useChartTheme();
  const option = useMemo(
    () => optionOf({ unit, zone, begins, ends, points, forecast, crossing }, theme),
    [unit, zone, begins, ends, points, forecast, crossing, theme],
  );
  return (
    <Frame
      {...frame}
      unit={UNIT_NAMES[unit]}
      isEmpty={points.length === 0}
      option={option}
      table={
        <FigureTable
          head={["At", "Spent", "Limit", "Expected", "Range"]}
          rows={[
            ...points.map(({ at, spent, limit }) => ({
              key: at,
              cells: [instant(at, zone), quantityExact(spent, unit), quantityExact(limit, unit), "", ""],
            })),
            ...forecast.map(({ at, low, expected, high }) => ({
              key: `forecast ${at}`,
              cells: [
                instant(at, zone),
                "",
                "",
                quantityExact(expected, unit),
                `${quantity(low, unit)} – ${quantity(high, unit)}`,
              ],
            })),
          ]}
        />
      }
    />
  );
}

type Drawn = Pick<BurndownProps, "unit" | "zone" | "begins" | "ends" | "points" | "forecast" | "crossing">;

function optionOf(drawn: Drawn, theme: ChartTheme): EChartsCoreOption {
  const { unit, zone, begins, ends, points, forecast, crossing } = drawn;
  const line = { type: "line" as const, showSymbol: false };
  const pair = (at: string, value: Quantity) => [at, value == null ? null : Number(value)];
  const low = forecast.map(({ at, low: value }) => pair(at, value));
  const band = forecast.map(({ at, low: from, high }) => [at, Number(high ?? 0) - Number(from ?? 0)]);
  return {
    grid: { ...GRID, right: 60 },
    xAxis: {
      type: "time",
      min: begins,
      max: ends,
      axisLabel: {
        color: theme.dim,
        fontSize: 11,
        hideOverlap: true,
        formatter: (at: number) => instant(new Date(at), zone, "day").replace(/ \d{4}$/, ""),
      },
      axisLine: { lineStyle: { color: theme.line } },
    },
    yAxis: valueAxis(theme, unit),
    tooltip: {
      ...tooltip(theme),
      trigger: "axis",
      formatter: (at: { axisValue: number }[]) => tipOf(drawn, at[0]?.axisValue ?? 0),
    },
    series: [
      {
        ...line,
        name: "Spent",
        data: points.map(({ at, spent }) => pair(at, spent)),
        lineStyle: { color: theme.accent, width: 2.5 },
        itemStyle: { color: theme.accent },
        areaStyle: { color: theme.accent, opacity: 0.12 },
        endLabel: { show: true, formatter: "spent", color: theme.text, fontSize: 11 },
        markLine: crossing
          ? {
              symbol: "none",
              silent: true,
              lineStyle: { color: theme.dim, type: "dotted" },
              label: { formatter: "reaches the limit", color: theme.text, fontSize: 11 },
              data: [{ xAxis: crossing }],
            }
          : undefined,
      },
      {
        ...line,
        name: "Limit",
        step: "end",
        data: limitLine(points, ends).map(({ at, limit }) => pair(at, limit)),
        lineStyle: { color: theme.text, width: 1.5, type: "dashed" },
        itemStyle: { color: theme.text },
        endLabel: { show: true, formatter: "limit", color: theme.text, fontSize: 11 },
      },
      { ...line, name: "low", data: low, stack: "range", lineStyle: { opacity: 0 }, silent: true },
      {
        ...line,
        name: "range",
        data: band,
        stack: "range",
        lineStyle: { opacity: 0 },
        areaStyle: { color: theme.dim, opacity: 0.2 },
        silent: true,
      },
      {
        ...line,
        name: "Expected",
        data: forecast.map(({ at, expected }) => pair(at, expected)),
        lineStyle: { color: theme.accent, width: 2, type: "dashed" },
        itemStyle: { color: theme.accent },
      },
    ],
  };
}

/** The limit goes on as it is now to the period's end. */
function limitLine(points: readonly CoursePoint[], ends: string): CoursePoint[] {
  const last = points.at(-1);
  return last ? [...points, { ...last, at: ends }] : [];
}

function tipOf({ unit, zone, points, forecast }: Drawn, at: number): HTMLElement {
  const near = <T extends { at: string }>(list: readonly T[]) =>
    list.find((each) => Date.parse(each.at) === at);
  const point = near(points);
  const ahead = near(forecast);
  const rows = [];
  if (point) {
    rows.push({ name: "Spent", value: quantity(point.spent, unit) });
    rows.push({ name: "Limit", value: quantity(point.limit, unit) });
  }
  if (ahead) {
    rows.push({ name: "Expected", value: quantity(ahead.expected, unit) });
    rows.push({ name: "Range", value: `${quantity(ahead.low, unit)} – ${quantity(ahead.high, unit)}` });
  }
  return tip(instant(new Date(at), zone), rows);
}
