/** An answer of /explore as charts and tables take it. */

import type { components } from "~/api/schema";
import { colourAt, colours, REST_COLOUR } from "~/colours/colours";
import { sum } from "~/format/exact";
import { count } from "~/format/format";
import type { Label } from "./labels";

export type Answer = components["schemas"]["ExploreAnswer"];
export type Row = Answer["series"][number];

/** "search, gpt-5-mini"; the rest says how many it stands for. */
export function nameOf(row: Row, label: Label): string {
  if (row.is_rest) return `${count(row.groups)} others`;
  const values = Object.entries(row.key).map(([dimension, value]) => label(dimension, value));
  return values.length ? values.join(", ") : "All calls";
}

/** The colour of each row: of its first value, so that a team looks the same everywhere. */
export function coloursOf(answer: Answer): (row: Row) => string {
  const dimension = answer.by[0] ?? "all";
  if (answer.by.length > 1)
    return (row) => (row.is_rest ? REST_COLOUR : colourAt(answer.series.indexOf(row)));
  const values = answer.series.filter(({ is_rest }) => !is_rest).map((row) => firstValue(row));
  const colour = colours(dimension, values);
  return (row) => (row.is_rest ? REST_COLOUR : colour(firstValue(row)));
}

const DRAWN_MOST = 10;
type Amount = Row["total"];

/** What a chart draws: where there are more groups than colours, the smaller ones as one. */
export function drawnOf(answer: Answer): Row[] {
  if (answer.series.length <= DRAWN_MOST) return answer.series;
  // Shares of a whole can be put together, ratios cannot.
  if (!answer.adds_up) return answer.series.filter(({ is_rest }) => !is_rest).slice(0, DRAWN_MOST);
  const own = answer.series.filter(({ is_rest }) => !is_rest).slice(0, DRAWN_MOST - 1);
  const others = answer.series.filter((row) => !own.includes(row));
  const together = (values: readonly Amount[]): Amount =>
    values.some((value) => typeof value === "string")
      ? sum(values.map((value) => String(value ?? "0")))
      : values.reduce<number>((all, value) => all + Number(value ?? 0), 0);
  const first = others[0] as Row;
  return [
    ...own,
    {
      ...first,
      key: {},
      is_rest: true,
      groups: others.reduce((all, { groups }) => all + groups, 0),
      values: first.values.map((_, place) => together(others.map(({ values }) => values[place] ?? null))),
      total: together(others.map(({ total }) => total)),
    },
  ];
}

function firstValue(row: Row): string {
  return Object.values(row.key)[0] ?? "all calls";
}

/** The filters that lead to exactly the calls of a row. */
export function filtersOf(row: Row): string[] {
  return Object.entries(row.key).map(([dimension, value]) => `${dimension}:${value}`);
}

/** Share of the whole, where values add up. */
export function shareOf(row: Row, answer: Answer): number | null {
  const whole = Number(answer.total.total ?? 0);
  return answer.adds_up && whole > 0 ? Number(row.total ?? 0) / whole : null;
}
