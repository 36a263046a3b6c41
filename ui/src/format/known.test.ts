import { expect, test } from "vitest";
import { knownOf } from "./known";

test("a span says how much of it is known", () => {
  expect(knownOf(null, "2026-11-30T00:00:00Z", "UTC")).toBe("");
  expect(knownOf("2026-11-01T16:00:00Z", "2026-11-30T00:00:00Z", "UTC")).toBe(
    ", of which calls are known since 1 Nov, 16:00",
  );
  expect(knownOf("2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z", "UTC")).toBe(", of which no call is known");
});
