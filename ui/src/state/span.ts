/** The span, zone and filters that all pages share. */

import { browserZone, dayText, instant, instantOf, isZone, startOfDay, startOfMonth } from "~/format/zone";
import { type Codecs, list, oneOf, readState, type Search, text } from "./url";

export const PRESETS = ["today", "7d", "30d", "month", "last_month", "custom"] as const;
export type Preset = (typeof PRESETS)[number];

export const PRESET_NAMES: Record<Preset, string> = {
  today: "Today",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  month: "Month to date",
  last_month: "Last month",
  custom: "Custom",
};

/** A filter as the API takes it: `dimension:value`, or `tag:key:value`. */
export const FILTER = /^(?:tag:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|[a-z][a-z_]{0,31}):.{0,256}$/s;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

export interface Shared {
  span: Preset;
  /** Of a custom span: days or instants; `to` is the first day or instant that is not in it. */
  from: string;
  to: string;
  /** IANA name; empty is the browser's. */
  tz: string;
  filter: string[];
}

export const SHARED: Codecs<Shared> = {
  span: oneOf(PRESETS, "30d"),
  from: { ...text(), read: ([value = ""]) => (isInstant(value) ? value : undefined) },
  to: { ...text(), read: ([value = ""]) => (isInstant(value) ? value : undefined) },
  tz: { ...text(), read: ([value = ""]) => (isZone(value) ? value : undefined) },
  filter: list(FILTER),
};

export const SHARED_NAMES = ["span", "from", "to", "tz", "filter"] as const;

function isInstant(value: string): boolean {
  return INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}

/** A span as the API takes it, and as people read it. Both ends are UTC instants; `to` is not in it. */
export interface Span {
  from: string;
  /** "now" while the span is still running, so that the same question keeps one name. */
  to: string;
  name: string;
  /** "1 Nov – 14 Nov 2026", both days included. */
  days: string;
}

/** Text without milliseconds, which the API would also take. */
function iso(at: Date): string {
  return at.toISOString().replace(".000Z", "Z");
}

function at(value: string, zone: string): Date {
  if (!DAY.test(value)) return new Date(value);
  const [year = 0, month = 0, day = 0] = value.split("-").map(Number);
  return instantOf(year, month, day, zone);
}

/** A custom span that ends before it begins, or lacks an end, is the preset in its place. */
export function resolveSpan(shared: Shared, zone: string, now: Date): Span {
  const { span, from, to } = shared;
  if (span === "custom" || from) {
    const first = from ? at(from, zone) : startOfDay(now, zone, 29);
    const after = to ? at(to, zone) : null;
    if (first < (after ?? now)) return made(first, after, zone, now, "Custom");
  }
  switch (span) {
    case "today":
      return made(startOfDay(now, zone), null, zone, now, PRESET_NAMES.today);
    case "7d":
      return made(startOfDay(now, zone, 6), null, zone, now, PRESET_NAMES["7d"]);
    case "month":
      return made(startOfMonth(now, zone), null, zone, now, PRESET_NAMES.month);
    case "last_month":
      return made(startOfMonth(now, zone, 1), startOfMonth(now, zone), zone, now, PRESET_NAMES.last_month);
    default:
      return made(startOfDay(now, zone, 29), null, zone, now, PRESET_NAMES["30d"]);
  }
}

function made(first: Date, after: Date | null, zone: string, now: Date, name: string): Span {
  const last = new Date((after ?? now).getTime() - 1);
  const [begin, end] = [instant(first, zone, "day"), instant(last, zone, "day")];
  return {
    from: iso(first),
    to: after ? iso(after) : "now",
    name,
    days: dayText(first, zone) === dayText(last, zone) ? begin : `${begin} – ${end}`,
  };
}

/** A filter's dimension and value: "tag:cost-centre:42" is the value 42 of tag:cost-centre. */
export function splitFilter(filter: string): [string, string] {
  const start = filter.startsWith("tag:") ? filter.indexOf(":", 4) : filter.indexOf(":");
  return [filter.slice(0, start), filter.slice(start + 1)];
}

/** What all figures of a page are about. */
export interface Spanned {
  from: string;
  to: string;
  filter: string[];
}

/** The question that all figures share: give it to the API as it is. */
export interface Question extends Spanned {
  tz: string;
}

/** The time zone in which days begin: the address's, or the browser's. */
export function zoneOf(search: Search): string {
  return readState(search, SHARED).state.tz || browserZone();
}

/** The span of an address, resolved. */
export function spanOf(search: Search, now: Date): Span {
  return resolveSpan(readState(search, SHARED).state, zoneOf(search), now);
}

/** The question of an address. */
export function questionOf(search: Search, now: Date): Question {
  const { from, to } = spanOf(search, now);
  return { from, to, filter: readState(search, SHARED).state.filter, tz: zoneOf(search) };
}
