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

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
