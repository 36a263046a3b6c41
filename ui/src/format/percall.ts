/** What one call costs, of figures of the API. */

import type { components } from "~/api/schema";
import { decimal, pico } from "./exact";

type Figures = Pick<components["schemas"]["Figures"], "cost_usd" | "calls" | "unpriced_calls" | "errors">;

/**
 * Cost per call, exact to the picodollar, of those that have a price; null where there is nothing to say: none has
 * one, or those that have are failed ones only, which cost nothing.
 */
export function perCall({ cost_usd, calls, unpriced_calls, errors }: Figures): string | null {
  const priced = BigInt(calls - unpriced_calls);
  return priced > 0n && (priced > BigInt(errors) || cost_usd !== "0")
    ? decimal(pico(cost_usd) / priced)
    : null;
}
