import { expect, test } from "vitest";
import { readState } from "~/state/url";
import { byOf, EXPLORE, grainOf } from "./state";

const NOW = new Date("2026-11-27T12:00:00Z");
const span = (from: string) => ({ from, to: "now", name: "", days: "" });

test("nonsense in the address falls back and is named", () => {
  const { state, mended } = readState({ measure: "love", by: "team;drop", top: "900", view: "3d" }, EXPLORE);
  expect(mended.sort()).toEqual(["by", "measure", "top", "view"]);
  expect(state).toMatchObject({ measure: "cost", by: "team", top: 8, view: "bars" });
});

test("the grain has a readable number of periods, whatever is asked for", () => {
  const { state } = readState({}, EXPLORE);
  expect(grainOf(state, span("2026-11-26T12:00:00Z"), NOW)).toBe("hour");
  expect(grainOf(state, span("2026-11-01T00:00:00Z"), NOW)).toBe("day");
  expect(grainOf(state, span("2025-12-01T00:00:00Z"), NOW)).toBe("week");
  expect(grainOf(state, span("2020-01-01T00:00:00Z"), NOW)).toBe("month");
  expect(grainOf({ ...state, grain: "hour" }, span("2020-01-01T00:00:00Z"), NOW)).toBe("day");
  expect(grainOf({ ...state, view: "heat" }, span("2026-11-01T00:00:00Z"), NOW)).toBe("weekday_hour");
});

test("a dimension that is chosen twice is asked for once", () => {
  const { state } = readState({ by: "model", second: "model" }, EXPLORE);
  expect(byOf(state)).toEqual(["model"]);
  expect(byOf({ ...state, by: "", second: "tag:cost-centre" })).toEqual(["tag:cost-centre"]);
});
