/** The values of a dimension in the chosen span, for pickers and the palette. */

import { useQuery } from "@tanstack/react-query";
import { ask } from "~/api/client";
import type { ProblemError } from "~/api/problem";
import { useSpan } from "~/state/hooks";

interface Values {
  values: { value: string; calls: number; cost_usd: string }[];
}

export function useValues(dimension: string, q: string, { limit = 50, enabled = true } = {}) {
  const { from, to } = useSpan();
  return useQuery<Values, ProblemError>({
    queryKey: ["get", "/api/v1/values", { dimension, q, from, to, limit }],
    queryFn: ({ signal }) =>
      ask<Values>("GET", "/api/v1/values", { query: { dimension, q: q || null, from, to, limit }, signal }),
    enabled,
    retry: false,
  });
}
