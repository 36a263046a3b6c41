/** What the first screen of tokens asks for. */

import type { Asked } from "~/api/early";
import { byModelOf } from "~/pages/bymodel/asked";
import { type Question, questionOf, type Spanned } from "~/state/span";
import type { Search } from "~/state/url";

export function usedByModel({ from, to, filter }: Spanned) {
  return [
    "/api/v1/usage",
    { params: { query: { from, to, filter, by: "model", durations: false } } },
  ] as const;
}

export function cachingOf({ from, to, filter }: Spanned) {
  return ["/api/v1/usage/caching", { params: { query: { from, to, filter } } }] as const;
}

export function hitRateOf(question: Question, now: Date) {
  return byModelOf(question, "cache_hit_rate", now);
}

export function askedByTokens(search: Search, now: Date): Asked[] {
  const question = questionOf(search, now);
  // What takes longest first.
  return [cachingOf(question), usedByModel(question), hitRateOf(question, now)];
}
