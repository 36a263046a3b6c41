/** An answer of /explore as charts and tables take it. */

import type { components } from "~/api/schema";
import { colours, REST_COLOUR } from "~/colours/colours";
import { count, valueName } from "~/format/format";

export type Answer = components["schemas"]["ExploreAnswer"];
export type Row = Answer["series"][number];

/** "search, gpt-5-mini"; the rest says how many it stands for. */
export function nameOf(row: Row): string {
  if (row.is_rest) return `${count(row.groups)} others`;
  const values = Object.values(row.key);
  return values.length ? values.map(valueName).join(", ") : "All calls";
}

/** The colour of each row: of its first value, so that a team looks the same everywhere. */
export function coloursOf(answer: Answer): (row: Row) => string {
  const dimension = answer.by[0] ?? "all";
  const values = answer.series.filter(({ is_rest }) => !is_rest).map((row) => firstValue(row));
  const one = answer.by.length > 1;
  const colour = colours(dimension, one ? values.map((_, place) => `${place}`) : values);
  return (row) =>
    row.is_rest ? REST_COLOUR : one ? colour(`${answer.series.indexOf(row)}`) : colour(firstValue(row));
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
