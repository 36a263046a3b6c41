/** What a budget's document says, in words. */

import { count, money } from "~/format/format";
import { callsOf, type Document, dayOf, either, part } from "~/pages/policies/words";

/** "$600.00", "200,000,000 tokens", "$15.00 and $0.02 per active users, at most $80.00". */
function amountOf({ amount, unit = "usd" }: Document): string {
  const said = (value: unknown) =>
    unit === "usd" ? money(String(value)) : `${count(Number(value))} ${String(unit)}`;
  if (typeof amount !== "object") return said(amount);
  const { base, per, cap } = part(amount);
  const moves = Object.entries(part(per)).map(
    ([driver, each]) => `${said(each)} per ${driver.replaceAll("_", " ")}`,
  );
  const sums = [...(base && base !== "0" ? [said(base)] : []), ...moves];
  return `${either(sums, "and")}${cap ? `, at most ${said(cap)}` : ""}`;
}

/** "a month", "in any 30 days", "from 2026-12-01 until 2027-02-01". */
function periodOf({ period = "month" }: Document): string {
  if (typeof period === "string") return `a ${period}`;
  const { every, rolling_days: rolling, from, to, timezone } = part(period);
  const zone = timezone && timezone !== "UTC" ? ` (${timezone})` : "";
  if (rolling) return `in any ${rolling} days${zone}`;
  if (every) return `a ${every}${zone}`;
  return `${[from && `from ${dayOf(from)}`, to && `until ${dayOf(to)}`].filter(Boolean).join(" ")}${zone}`;
}

function thresholdsOf({ thresholds }: Document): string {
  const all = (Array.isArray(thresholds) ? thresholds : []).map(part);
  const said = all.map(({ at, on }) => `${at} %${on === "forecast" ? " expected" : ""}`);
  return said.length ? `told at ${either(said, "and")}` : "";
}

/** A budget in one sentence. */
export function budgetOf(budget: Document): string {
  const { each, scope, mode, parent, expires, on_exhausted: then } = budget;
  const calls = callsOf(scope);
  return [
    [
      amountOf(budget),
      periodOf(budget),
      each ? `for each ${String(each).replaceAll("_", " ")}` : "",
      calls === "all calls" ? (each ? "" : "for all calls") : `for calls of ${calls}`,
    ]
      .filter(Boolean)
      .join(" "),
    budget.class === "experiment" ? "an experiment" : "",
    mode === "soft" ? "warns only" : "",
    parent ? `within ${parent}` : "",
    expires ? `ends ${dayOf(expires)}` : "",
    then ? `then answered by ${then}` : "",
    thresholdsOf(budget),
  ]
    .filter(Boolean)
    .join("; ");
}
