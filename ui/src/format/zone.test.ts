import { describe, expect, test } from "vitest";
import { ago, dayText, instant, instantOf, isZone, startOfDay, startOfMonth } from "./zone";

describe("local days", () => {
  test("a day begins at the midnight of its zone", () => {
    const at = new Date("2026-11-27T23:30:00Z");
    expect(startOfDay(at, "UTC").toISOString()).toBe("2026-11-27T00:00:00.000Z");
    expect(startOfDay(at, "Europe/Berlin").toISOString()).toBe("2026-11-27T23:00:00.000Z");
    expect(startOfDay(at, "America/New_York", 6).toISOString()).toBe("2026-11-21T05:00:00.000Z");
  });

  test("days around a change of clocks have 23 and 25 hours", () => {
    const hours = (day: string) => {
      const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
      const zone = "Europe/Berlin";
      return (
        (instantOf(year, month, date + 1, zone).getTime() - instantOf(year, month, date, zone).getTime()) /
        3_600_000
      );
    };
    expect(hours("2026-03-29")).toBe(23);
    expect(hours("2026-10-25")).toBe(25);
    expect(hours("2026-11-01")).toBe(24);
  });

  test("months begin in their zone, over the turn of a year", () => {
    const at = new Date("2026-01-15T12:00:00Z");
    expect(startOfMonth(at, "Asia/Kolkata", 1).toISOString()).toBe("2025-11-30T18:30:00.000Z");
    expect(dayText(startOfMonth(at, "Asia/Kolkata", 1), "Asia/Kolkata")).toBe("2025-12-01");
  });

  test("instants are shown in the chosen zone, and nonsense as nothing", () => {
    expect(instant("2026-11-05T13:03:00Z", "Europe/Berlin")).toBe("5 Nov, 14:03");
    expect(instant("not a date", "UTC")).toBe("–");
    expect(instant(null, "UTC")).toBe("–");
    expect(isZone("Mars/Olympus")).toBe(false);
  });

  test("what is near is said in words", () => {
    const now = new Date("2026-11-05T13:00:00Z");
    expect(ago(new Date("2026-11-05T12:57:00Z"), now)).toBe("3 min ago");
    expect(ago(new Date("2026-11-05T15:00:00Z"), now)).toBe("in 2 h");
    expect(ago(now, now)).toBe("now");
  });
});
