/** How periods are named on axes, in tooltips and tables. */

export type Grain = "none" | "minute" | "hour" | "day" | "week" | "month" | "weekday_hour";

const FORMATS: Partial<Record<Grain, Intl.DateTimeFormatOptions>> = {
  minute: { hour: "2-digit", minute: "2-digit" },
  hour: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
};

const LONG: Partial<Record<Grain, Intl.DateTimeFormatOptions>> = {
  minute: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  hour: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  week: { day: "numeric", month: "long", year: "numeric" },
  month: { month: "long", year: "numeric" },
};

const made = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, zone: string, key: string): Intl.DateTimeFormat {
  let found = made.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    made.set(key, found);
  }
  return found;
}

/** A period's name for an axis: "5 Nov", "Nov 2026". */
export function periodName(start: string, grain: Grain, zone: string): string {
  const options = FORMATS[grain];
  return options ? format(options, zone, `${grain} ${zone}`).format(new Date(start)) : start;
}

/** A period's whole name: "Thursday 5 November 2026", "week of 2 November 2026". */
export function periodTitle(start: string, grain: Grain, zone: string): string {
  const options = LONG[grain];
  if (!options) return start;
  const text = format(options, zone, `long ${grain} ${zone}`).format(new Date(start));
  return grain === "week" ? `week of ${text}` : text;
}

const DAY_MS = 86_400_000;

/** A grain with a readable number of periods in a span; `to` may be "now". */
export function grainFor(
  { from, to }: { from: string; to: string },
  now: Date,
): "hour" | "day" | "week" | "month" {
  const days = ((to === "now" ? now : new Date(to)).getTime() - Date.parse(from)) / DAY_MS;
  if (days <= 3) return "hour";
  if (days <= 95) return "day";
  return days <= 400 ? "week" : "month";
}

const LENGTH_MS: Partial<Record<Grain, number>> = { minute: 60_000, hour: DAY_MS / 24, week: 7 * DAY_MS };

/** Whether a period is going on at an instant: more may come into it. */
export function isOpen(start: string | undefined, grain: Grain, zone: string, now: Date): boolean {
  if (start === undefined || !(grain in LONG)) return false;
  const since = now.getTime() - new Date(start).getTime();
  if (since < 0) return false;
  const length = LENGTH_MS[grain];
  // A week that a clock change makes longer is called over an hour early: nobody sees it.
  if (length !== undefined) return since < length;
  return periodTitle(start, grain, zone) === periodTitle(now.toISOString(), grain, zone);
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
