/** The values of a dimension in the chosen span, for pickers and the palette. */

import { api } from "~/api/client";
import { useSpan } from "~/state/hooks";

export function useValues(dimension: string, q: string, { limit = 50, enabled = true } = {}) {
  const { from, to } = useSpan();
  const query = { dimension, from, to, limit, ...(q ? { q } : {}) };
  return api.useQuery("get", "/api/v1/values", { params: { query } }, { enabled });
}
