/** What the page of budgets asks for. */

import type { Asked } from "~/api/early";

export const BUDGETS = ["/api/v1/budgets", {}] as const;
export const PAUSES = ["/api/v1/budget-pauses", {}] as const;
export const FORECASTS = ["/api/v1/budget-forecasts", {}] as const;

export function askedByBudgets(): Asked[] {
  return [BUDGETS, PAUSES, FORECASTS];
}
