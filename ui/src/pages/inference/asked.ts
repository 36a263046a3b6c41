/** What the page of inference asks for. */

import type { Asked } from "~/api/early";
import { questionOf, type Spanned } from "~/state/span";
import type { Search } from "~/state/url";

export function usedByProvider({ from, to, filter }: Spanned) {
  return ["/api/v1/usage", { params: { query: { from, to, filter, by: "provider,model" } } }] as const;
}

export function askedByInference(search: Search, now: Date): Asked[] {
  return [usedByProvider(questionOf(search, now))];
}
