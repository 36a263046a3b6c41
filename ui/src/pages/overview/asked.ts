/** What the first screen of the overview asks for. */

import type { Asked } from "~/api/early";
import { instantOf, startOfMonth, wall } from "~/format/zone";
import { BUDGETS } from "~/pages/budgets/asked";
import { zoneOf } from "~/state/span";
import type { Search } from "~/state/url";

export function iso(at: Date): string {
  return at.toISOString().replace(".000Z", "Z");
}

export type Starts = ReturnType<typeof startsOf>;

/** Where the week and the month of an instant began, and the month before. */
export function startsOf(at: Date, zone: string) {
  const { year, month, day } = wall(at, zone);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return {
    zone,
    week: iso(instantOf(year, month, day - weekday, zone)),
    month: iso(startOfMonth(at, zone)),
    lastMonth: iso(startOfMonth(at, zone, 1)),
  };
}

/** Today, week and month against the days before, and the month by its owners, in one answer. */
export function summaryOf(tz: string) {
  return ["/api/v1/summary", { params: { query: { tz } } }] as const;
}

/** What the month will have cost at its end. */
export function forecastOf(tz: string) {
  return ["/api/v1/forecast", { params: { query: { tz } } }] as const;
}

export function dailyOf({ lastMonth, zone }: Starts) {
  const query = {
    from: lastMonth,
    to: "now",
    by: "team",
    grain: "day",
    measure: "cost",
    top: 9,
    tz: zone,
  } as const;
  return ["/api/v1/explore", { params: { query } }] as const;
}

export function askedByOverview(search: Search, now: Date): Asked[] {
  const zone = zoneOf(search);
  return [summaryOf(zone), dailyOf(startsOf(now, zone)), forecastOf(zone), BUDGETS];
}
