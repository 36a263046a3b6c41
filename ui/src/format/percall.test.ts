import { expect, test } from "vitest";
import { perCall } from "./percall";

test("a call costs the share of those that have a price", () => {
  expect(perCall({ cost_usd: "1", calls: 4, unpriced_calls: 1, errors: 0 })).toBe("0.333333333333");
});

test("calls without a price, and failed ones alone, say nothing", () => {
  expect(perCall({ cost_usd: "0", calls: 4, unpriced_calls: 4, errors: 0 })).toBeNull();
  expect(perCall({ cost_usd: "0", calls: 4, unpriced_calls: 1, errors: 3 })).toBeNull();
  expect(perCall({ cost_usd: "0", calls: 4, unpriced_calls: 1, errors: 2 })).toBe("0");
});
