import { expect, test } from "vitest";
import { runOutsOf } from "./effects";

const out = (budget: string, day: number, used: string, given: boolean) => ({
  budget,
  value: "",
  unit: "usd",
  amount: "1.00",
  period_begins_at: `2026-11-0${day}T00:00:00Z`,
  runs_out_at: `2026-11-0${day}T05:00:00Z`,
  used,
  given,
});

test("a budget stands once, however often it would run out; the change comes first", () => {
  const found = runOutsOf([
    out("old", 1, "3.00", false),
    out("new", 2, "9.00", true),
    out("new", 1, "10.00", true),
    out("new", 3, "2.00", true),
  ]);
  expect(found.map(({ budget, times }) => [budget, times])).toEqual([
    ["new", 3],
    ["old", 1],
  ]);
  expect(found[0]).toMatchObject({
    first: "2026-11-01T05:00:00Z",
    last: "2026-11-03T05:00:00Z",
    used: "10.00",
    limit: "1.00",
  });
  expect(runOutsOf([])).toEqual([]);
});
