/** Amounts in a budget's unit. */

import { count, money, tokens } from "~/format/format";

export type BudgetUnit = "usd" | "tokens" | "calls";

export function amount(text: string, unit: BudgetUnit): string {
  if (unit === "usd") return money(text);
  const value = Number(text);
  return unit === "tokens" ? `${tokens(value)} tokens` : `${count(value)} calls`;
}

/** When a budget ends, which is written as an instant or as the day that begins then in UTC. */
export function endOf(expires: string): string {
  return expires.length > 10 ? expires : `${expires}T00:00:00Z`;
}
