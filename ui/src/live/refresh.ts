/** What a change on the server means for what is shown: those queries are asked again, without a flicker. */

import type { QueryClient } from "@tanstack/react-query";
import { meAgain } from "~/session/me";
import { live } from "./live";

/** By the words of the event `changed`: the beginnings of addresses whose answers may differ now. */
const ADDRESSES: Record<string, string[]> = {
  estate: ["/api/v1/estate", "/api/v1/policy", "/api/v1/insights/models", "/api/v1/budgets"],
  budgets: ["/api/v1/budgets", "/api/v1/grants", "/api/v1/overview"],
  alerts: ["/api/v1/alerts", "/api/v1/messages", "/api/v1/interventions", "/api/v1/overview"],
  approvals: ["/api/v1/approvals", "/api/v1/overview"],
  keys: ["/api/v1/keys"],
};

/** Keys are `[method, address, ...]`, as openapi-react-query makes them. */
function addressOf(key: readonly unknown[]): string {
  return typeof key[1] === "string" ? key[1] : "";
}

export function refreshBy(queries: QueryClient): () => void {
  const offChanged = live.on("changed", ({ what }) => {
    if (what.includes("me")) void meAgain(queries);
    const beginnings = what.flatMap((word) => ADDRESSES[word] ?? []);
    void queries.invalidateQueries({
      predicate: ({ queryKey }) => beginnings.some((each) => addressOf(queryKey).startsWith(each)),
    });
  });
  const offReconnect = live.onReconnect(() => void meAgain(queries).then(() => queries.invalidateQueries()));
  // A stream that ends may be an ended session: asking who one is tells, and shows the sign-in dialog.
  const offFailure = live.onFailure(() => void meAgain(queries));
  return () => {
    offChanged();
    offReconnect();
    offFailure();
  };
}
