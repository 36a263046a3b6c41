import { expect, test } from "vitest";
import { isOpen } from "./periods";

const at = (text: string) => new Date(text);

test("a period is open until its end in the zone that is shown", () => {
  expect(isOpen("2026-12-01T00:00:00Z", "day", "UTC", at("2026-12-01T23:59:59Z"))).toBe(true);
  expect(isOpen("2026-12-01T00:00:00Z", "day", "UTC", at("2026-12-02T00:00:00Z"))).toBe(false);
  expect(isOpen("2026-11-30T18:15:00Z", "day", "Asia/Kathmandu", at("2026-12-01T18:14:59Z"))).toBe(true);
  expect(isOpen("2026-11-30T18:15:00Z", "day", "Asia/Kathmandu", at("2026-12-01T18:15:00Z"))).toBe(false);
  expect(isOpen("2026-12-01T00:00:00Z", "month", "UTC", at("2026-12-31T12:00:00Z"))).toBe(true);
  expect(isOpen("2026-12-01T00:00:00Z", "month", "UTC", at("2027-01-01T00:00:00Z"))).toBe(false);
  expect(isOpen("2026-11-30T00:00:00Z", "week", "UTC", at("2026-12-06T23:00:00Z"))).toBe(true);
  expect(isOpen("2026-11-30T00:00:00Z", "week", "UTC", at("2026-12-07T00:00:00Z"))).toBe(false);
  expect(isOpen("2026-12-01T10:00:00Z", "hour", "UTC", at("2026-12-01T10:30:00Z"))).toBe(true);
  expect(isOpen("2026-12-01T10:00:00Z", "hour", "UTC", at("2026-12-02T10:30:00Z"))).toBe(false);
});

test("what has no instants, nothing, and what has not begun are not open", () => {
  expect(isOpen("Mon 10", "weekday_hour", "UTC", at("2026-12-01T00:00:00Z"))).toBe(false);
  expect(isOpen(undefined, "day", "UTC", at("2026-12-01T00:00:00Z"))).toBe(false);
  expect(isOpen("2026-12-02T00:00:00Z", "day", "UTC", at("2026-12-01T00:00:00Z"))).toBe(false);
});
