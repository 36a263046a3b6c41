/** How all queries behave: what was there stays until what is new has come. */

import { keepPreviousData, QueryClient } from "@tanstack/react-query";
import { ProblemError } from "./problem";

const RETRIES = 4;

function worthRetrying(failures: number, error: unknown): boolean {
  return error instanceof ProblemError && error.passing && failures < RETRIES;
}

function patience(failures: number, error: unknown): number {
  const asked = error instanceof ProblemError ? error.retryAfterMs : null;
  return asked ?? Math.min(500 * 2 ** failures, 8000);
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        placeholderData: keepPreviousData,
        staleTime: 15_000,
        gcTime: 5 * 60_000,
        retry: worthRetrying,
        retryDelay: patience,
        refetchOnWindowFocus: true,
      },
      // A change is never sent twice by itself: the first may have been made.
      mutations: { retry: false },
    },
  });
}
