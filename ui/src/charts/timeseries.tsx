/** Values over time: stacked bars, lines or areas, a compared span beside them, each series named where it ends. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { type Quantity, quantity, quantityExact, UNIT_NAMES, type Unit } from "~/format/format";
import type { ChartClick } from "./canvas";
import classes from "./chart.module.css";
import { endsApart } from "./ends";
import { type ChartProps, FigureTable, Frame } from "./frame";
import { categoryAxis, decalOf, GRID, tooltip, valueAxis } from "./parts";
import { type Grain, isOpen, periodName, periodTitle } from "./periods";
import { type ChartTheme, useChartTheme } from "./theme";
import { tip } from "./tip";

export interface Series {
  name: string;
  /** One for each period; exact text for USD; null where there is nothing to say. */
  values: readonly Quantity[];
  colour: string;
  /** Stands for nobody in particular, so it is hatched and leads nowhere. */
  hatched?: boolean;
}

interface TimeSeriesProps extends Omit<ChartProps, "unit"> {
  unit: Unit;
  kind: "bars" | "lines" | "area";
  grain: Grain;
  zone: string;
  /** The first instant of each period. */
  periods: readonly string[];
  series: readonly Series[];
  /** Of each period, exact; shown in tooltips and the table where the series add up to it. */
  total?: readonly Quantity[];
  /** The total of a span before, period by period: a dashed line. */
  compare?: { name: string; values: readonly Quantity[] };
  /** A point was chosen: which series, which period. */
  onPoint?: (series: number, period: number) => void;
  /** A series was chosen in the legend. */
  onSeries?: (series: number) => void;
}

const NAME_PX = { least: 60, most: 190, letter: 6.3 };
const BARS_SO_FAR = { opacity: 0.5 };

export function TimeSeriesChart(props: TimeSeriesProps) {
  const { unit, kind, grain, zone, periods, series, total, compare, onPoint, onSeries, ...frame } = props;
  const theme = useChartTheme();
  const option = useMemo(
    () => optionOf({ unit, kind, grain, zone, periods, series, total, compare }, theme),
    [unit, kind, grain, zone, periods, series, total, compare, theme],
  );
  const pick = onPoint
    ? ({ seriesIndex, dataIndex }: ChartClick) => {
        if (seriesIndex < series.length && !series[seriesIndex]?.hatched) onPoint(seriesIndex, dataIndex);
      }
    : undefined;
  return (
    <Frame
      {...frame}
      unit={UNIT_NAMES[unit]}
      isEmpty={periods.length === 0 || series.length === 0}
      option={option}
      onClick={pick}
      table={<Table {...{ unit, grain, zone, periods, series, total, compare }} />}
      legend={<Legend series={series} onSeries={onSeries} compare={compare?.name} />}
    />
  );
}

type Drawn = Pick<
  TimeSeriesProps,
  "unit" | "kind" | "grain" | "zone" | "periods" | "series" | "total" | "compare"
>;

function optionOf(drawn: Drawn, theme: ChartTheme): EChartsCoreOption {
  const { unit, kind, grain, zone, periods, series, compare } = drawn;
  const names = periods.map((start) => periodName(start, grain, zone));
  const named = kind === "lines" ? endsApart(series.map(({ values }) => numbers(values))) : [];
  const room = roomFor(series.filter((_, place) => named[place]).map(({ name }) => name));
  const open = isOpen(periods.at(-1), grain, zone, new Date());
  const lines = series.map((each, place) =>
    kind === "bars" ? barOf(each, open) : lineOf(each, kind, named[place] ? room : 0, theme),
  );
  return {
    grid: { ...GRID, right: named.length ? room : GRID.right },
    xAxis: { ...categoryAxis(theme, names), boundaryGap: kind === "bars" },
    yAxis: valueAxis(theme, unit),
    tooltip: {
      ...tooltip(theme),
      trigger: "axis",
      axisPointer: { type: kind === "bars" ? "shadow" : "line" },
      formatter: (points: { dataIndex: number }[]) => tipOf(drawn, points[0]?.dataIndex ?? 0),
    },
    series: compare ? [...lines, compareLine(compare, theme)] : lines,
  };
}

function numbers(values: readonly Quantity[]): (number | null)[] {
  return values.map((value) => (value == null ? null : Number(value)));
}

/** Pixels beside the chart for names at the ends of lines. */
function roomFor(names: readonly string[]): number {
  const longest = Math.max(0, ...names.map(({ length }) => length));
  return Math.min(NAME_PX.most, Math.max(NAME_PX.least, 12 + longest * NAME_PX.letter));
}

function commonOf(each: Series) {
  return {
    name: each.name,
    itemStyle: { color: each.colour, decal: decalOf(each.hatched ?? false) },
    emphasis: { focus: "series" as const },
  };
}

/** Bars; the last one is paler where its period is not over. */
function barOf(each: Series, open: boolean) {
  const data = numbers(each.values);
  const last = data.length - 1;
  return {
    ...commonOf(each),
    type: "bar" as const,
    stack: "all",
    barMaxWidth: 48,
    data: open
      ? data.map((value, place) => (place === last ? { value, itemStyle: BARS_SO_FAR } : value))
      : data,
  };
}

/** A line or an area, named where it ends if it is given room for that. */
function lineOf(each: Series, kind: TimeSeriesProps["kind"], room: number, theme: ChartTheme) {
  return {
    ...commonOf(each),
    data: numbers(each.values),
    type: "line" as const,
    showSymbol: each.values.length < 3,
    symbolSize: 6,
    lineStyle: { color: each.colour, width: 2 },
    ...(kind === "area" ? { stack: "all", areaStyle: { color: each.colour, opacity: 0.75 } } : {}),
    endLabel: {
      show: room > 0,
      formatter: each.name,
      color: theme.text,
      fontSize: 11,
      width: room - 10,
      overflow: "truncate" as const,
    },
  };
}

function compareLine(compare: { name: string; values: readonly Quantity[] }, theme: ChartTheme) {
  return {
    name: compare.name,
    type: "line" as const,
    data: numbers(compare.values),
    showSymbol: false,
    lineStyle: { color: theme.dim, width: 1.5, type: "dashed" as const },
    itemStyle: { color: theme.dim },
    silent: true,
    z: 5,
  };
}

function tipOf({ unit, grain, zone, periods, series, total, compare }: Drawn, place: number): HTMLElement {
  const rows = series
    .filter(({ values }) => values[place] != null && Number(values[place]) !== 0)
    .map(({ name, colour, values }) => ({ name, colour, value: quantity(values[place], unit) }));
  if (total && series.length > 1)
    rows.push({ name: "Total", colour: "transparent", value: quantity(total[place], unit) });
  if (compare)
    rows.push({ name: compare.name, colour: "transparent", value: quantity(compare.values[place], unit) });
  return tip(titleOf(periods, place, grain, zone), rows, rows.length ? undefined : "nothing");
}

function titleOf(periods: readonly string[], place: number, grain: Grain, zone: string): string {
  const title = periodTitle(periods[place] ?? "", grain, zone);
  const open = place === periods.length - 1 && isOpen(periods[place], grain, zone, new Date());
  return open ? `${title}, so far` : title;
}

interface LegendProps {
  series: readonly Series[];
  onSeries?: ((series: number) => void) | undefined;
  compare?: string | undefined;
}

export function Legend({ series, onSeries, compare }: LegendProps) {
  return (
    <ul className={classes.legend} aria-label="Series" data-legend>
      {series.map(({ name, colour, hatched }, place) => {
        const content = (
          <>
            <span
              className={classes.swatch}
              style={{ backgroundColor: colour }}
              data-hatched={hatched ?? false}
              aria-hidden="true"
            />
            <span className="cut" title={name}>
              {name || "(none)"}
            </span>
          </>
        );
        return (
          <li key={name}>
            {onSeries && !hatched ? (
              <button type="button" onClick={() => onSeries(place)}>
                {content}
              </button>
            ) : (
              <span className={classes.item}>{content}</span>
            )}
          </li>
        );
      })}
      {compare && (
        <li>
          <span className={classes.item}>
            <span aria-hidden="true">┄</span> {compare}
          </span>
        </li>
      )}
    </ul>
  );
}

function Table({ unit, grain, zone, periods, series, total, compare }: Omit<Drawn, "kind">) {
  const head = ["Period", ...series.map(({ name }) => name || "(none)")];
  if (total) head.push("Total");
  if (compare) head.push(compare.name);
  const exact = (value: Quantity) => <span className="num">{quantityExact(value, unit)}</span>;
  const rows = periods.map((start, place) => ({
    key: start,
    cells: [
      titleOf(periods, place, grain, zone),
      ...series.map(({ values }) => exact(values[place])),
      ...(total ? [exact(total[place])] : []),
      ...(compare ? [exact(compare.values[place])] : []),
    ],
  }));
  return <FigureTable head={head} rows={rows} />;
}
