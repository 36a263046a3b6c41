import { expect, test } from "vitest";
import { budgetOf } from "./words";

test("a budget is a sentence: how much, how long, of which calls, and what follows", () => {
  expect(
    budgetOf({ amount: "1500", period: "month", thresholds: [{ at: 100, on: "forecast" }, { at: 80 }] }),
  ).toBe("$1,500.00 a month for all calls; told at 100 % expected and 80 %");
  expect(
    budgetOf({ unit: "tokens", amount: "200000000", period: "week", each: "use_case", mode: "soft" }),
  ).toBe("200,000,000 tokens a week for each use case; warns only");
  expect(
    budgetOf({
      amount: { base: "15", per: { active_users: "0.02" }, cap: "80" },
      period: { rolling_days: 30, timezone: "Asia/Kathmandu", fiscal_start: 1 },
      scope: { team: ["a", "b"] },
      class: "experiment",
      parent: "lab",
      expires: "2027-02-01T00:00:00Z",
      on_exhausted: "small",
    }),
  ).toBe(
    "$15.00 and $0.02 per active users, at most $80.00 in any 30 days (Asia/Kathmandu) for calls of team a or b; " +
      "an experiment; within lab; ends 2027-02-01; then answered by small",
  );
  expect(budgetOf({ amount: "5" })).toBe("$5.00 a month for all calls"); // the API leaves defaults out
  expect(budgetOf({ amount: "5", period: { from: "2026-12-01", to: "2026-12-15" } })).toBe(
    "$5.00 from 2026-12-01 until 2026-12-15 for all calls",
  );
});
