/** What Explore asks for. */

import type { Asked } from "~/api/early";
import { type Question, questionOf, type Span, spanOf } from "~/state/span";
import { readState, type Search } from "~/state/url";
import { byOf, EXPLORE, type ExploreState, grainOf } from "./state";

export const TAGS = ["/api/v1/tags", {}] as const;

export function exploreOf(state: ExploreState, question: Question, span: Span, now: Date) {
  const query = {
    ...question,
    by: byOf(state).join(","),
    grain: grainOf(state, span, now),
    measure: state.measure,
    // A table has room for all.
    top: state.view === "table" ? 50 : state.top,
    compare: state.compare,
  };
  return ["/api/v1/explore", { params: { query } }] as const;
}

export function askedByExplore(search: Search, now: Date): Asked[] {
  const { state } = readState(search, EXPLORE);
  return [exploreOf(state, questionOf(search, now), spanOf(search, now), now), TAGS];
}
