/** What a measure over time by model is asked with. */

import type { operations } from "~/api/schema";
import { type Grain, grainFor } from "~/charts/periods";
import type { Question } from "~/state/span";

type Explore = operations["get_explore_api_v1_explore_get"]["parameters"]["query"];
type Measure = NonNullable<NonNullable<Explore>["measure"]>;

export function byModelOf(question: Question, measure: Measure, now: Date) {
  const grain: Grain = grainFor(question, now);
  return [
    "/api/v1/explore",
    { params: { query: { ...question, by: "model", grain, measure, top: 6 } } },
  ] as const;
}
