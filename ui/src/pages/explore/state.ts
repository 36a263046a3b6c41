/** What Explore can be asked, and how it stands in the URL. */

import { type Grain, grainFor } from "~/charts/periods";
import type { Span } from "~/state/span";
import { type Codecs, integer, oneOf, text } from "~/state/url";

export const MEASURES = {
  cost: "Cost",
  cost_list: "Cost at list price",
  calls: "Calls",
  errors: "Errors",
  error_rate: "Error rate",
  unpriced_calls: "Unpriced calls",
  tokens: "Tokens",
  tokens_input: "Input tokens",
  tokens_output: "Output tokens",
  "tokens.input": "Tokens: uncached input",
  "tokens.cache_read": "Tokens: cache read",
  "tokens.cache_write": "Tokens: cache write",
  "tokens.output": "Tokens: visible output",
  "tokens.reasoning": "Tokens: reasoning",
  cost_per_call: "Cost per call",
  cost_per_1k_tokens: "Cost per 1,000 tokens",
  tokens_per_call: "Tokens per call",
  cache_hit_rate: "Cache hit rate",
  latency_p50: "Latency p50",
  latency_p95: "Latency p95",
  latency_p99: "Latency p99",
  first_token_p50: "First token p50",
  first_token_p95: "First token p95",
} as const;
export type MeasureName = keyof typeof MEASURES;

export const DIMENSIONS = [
  "team",
  "product",
  "use_case",
  "model",
  "environment",
  "provider",
  "key",
  "status",
  "model_served",
  "operation",
  "service_tier",
  "region",
  "source",
] as const;

export const VIEWS = ["bars", "lines", "heat", "tree", "table"] as const;
export type ViewName = (typeof VIEWS)[number];
export const VIEW_NAMES: Record<ViewName, string> = {
  bars: "Bars",
  lines: "Lines",
  heat: "Week",
  tree: "Tree",
  table: "Table",
};

const DIMENSION = new RegExp(`^$|^(?:${DIMENSIONS.join("|")}|tag:[a-z0-9][a-z0-9_.-]{0,63})$`);

export interface ExploreState {
  measure: MeasureName;
  by: string;
  second: string;
  grain: "auto" | "hour" | "day" | "week" | "month";
  view: ViewName;
  top: number;
  compare: "none" | "previous" | "week" | "year";
}

export const EXPLORE: Codecs<ExploreState> = {
  measure: oneOf(Object.keys(MEASURES) as MeasureName[], "cost"),
  by: text("team", DIMENSION),
  second: text("", DIMENSION),
  grain: oneOf(["auto", "hour", "day", "week", "month"], "auto"),
  view: oneOf(VIEWS, "bars"),
  top: integer(8, 1, 50),
  compare: oneOf(["none", "previous", "week", "year"], "none"),
};

/** The grain that is asked for; `auto` takes one with a readable number of periods. */
export function grainOf({ grain, view }: ExploreState, span: Span, now: Date): Grain {
  if (view === "heat") return "weekday_hour";
  if (view === "tree") return "none";
  const readable = grainFor(span, now);
  if (grain === "auto") return readable;
  // 24 times as many would be nothing to look at, and more than is answered.
  const isLong = readable === "week" || readable === "month";
  return grain === "hour" && isLong ? "day" : grain;
}

/** The dimensions as the API takes them: each once, in order. */
export function byOf({ by, second }: ExploreState): string[] {
  return [...new Set([by, second])].filter((name) => name !== "");
}
