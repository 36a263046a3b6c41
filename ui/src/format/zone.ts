/** Local days and hours in a time zone, by the zone tables of the browser. */

export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, found);
  }
  return found;
}

/** The zone of this browser. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function isZone(name: string): boolean {
  try {
    format(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall shows there at that instant. */
export function wall(at: Date, zone: string): Wall {
  const parts = Object.fromEntries(
    format(zone)
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  );
  return parts as unknown as Wall;
}

/** The first instant at which the wall shows at least this day and hour; clocks that jump are taken into account. */
export function instantOf(year: number, month: number, day: number, zone: string, hour = 0): Date {
  const wanted = Date.UTC(year, month - 1, day, hour);
  let guess = wanted;
  for (let round = 0; round < 3; round += 1) {
    const seen = wall(new Date(guess), zone);
    const shown = Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute, seen.second);
    if (shown === wanted) break;
    guess += wanted - shown;
  }
  return new Date(guess);
}

/** The beginning of the local day `days` before the one of `at`. */
export function startOfDay(at: Date, zone: string, days = 0): Date {
  const { year, month, day } = wall(at, zone);
  const there = new Date(Date.UTC(year, month - 1, day - days));
  return instantOf(there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate(), zone);
}

/** The beginning of the local month `months` before the one of `at`. */
export function startOfMonth(at: Date, zone: string, months = 0): Date {
  const { year, month } = wall(at, zone);
  const there = new Date(Date.UTC(year, month - 1 - months, 1));
  return instantOf(there.getUTCFullYear(), there.getUTCMonth() + 1, 1, zone);
}

/** "2026-11-05" of that instant there. */
export function dayText(at: Date, zone: string): string {
  const { year, month, day } = wall(at, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

type Shown = "day" | "minute" | "second" | "time" | "exact";

const SHOWN: Record<Exclude<Shown, "exact">, Intl.DateTimeFormatOptions> = {
  day: { day: "numeric", month: "short", year: "numeric" },
  minute: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  second: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

const shownFormats = new Map<string, Intl.DateTimeFormat>();

/** An instant as people read it there: "5 Nov, 14:03". */
export function instant(
  text: string | Date | null | undefined,
  zone: string,
  shown: Shown = "minute",
): string {
  if (text == null) return "–";
  const at = typeof text === "string" ? new Date(text) : text;
  if (Number.isNaN(at.getTime())) return "–";
  if (shown === "exact") return `${instant(at, zone, "second")} ${wall(at, zone).year} ${zone}`;
  const key = `${zone} ${shown}`;
  let found = shownFormats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...SHOWN[shown] });
    shownFormats.set(key, found);
  }
  return found.format(at);
}

/** "3 min ago", "in 2 h": for what is near; `now` is an argument. */
export function ago(at: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  const text =
    size < 60
      ? `${size} s`
      : size < 3600
        ? `${Math.floor(size / 60)} min`
        : size < 86_400
          ? `${Math.floor(size / 3600)} h`
          : `${Math.floor(size / 86_400)} d`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}
