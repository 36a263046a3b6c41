/** What the page of models asks for first. */

import type { Asked } from "~/api/early";
import { questionOf, type Spanned } from "~/state/span";
import type { Search } from "~/state/url";

export const OWN_PRICES = ["/api/v1/estate", { params: { query: { kind: "price" } } }] as const;

export function usedByModel({ from, to, filter }: Spanned) {
  return [
    "/api/v1/usage",
    { params: { query: { from, to, filter, by: "model,provider", durations: false } } },
  ] as const;
}

export function askedByModels(search: Search, now: Date): Asked[] {
  return [usedByModel(questionOf(search, now)), OWN_PRICES];
}
