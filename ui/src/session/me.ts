/** Who is signed in, and what they may do. */

import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { client } from "~/api/client";
import { otherPerson, type ProblemError } from "~/api/problem";
import type { components } from "~/api/schema";
import { markIn } from "./mark";
import { sessionFound } from "./store";

export type Me = components["schemas"]["Me"];
export type Permission = Me["permissions"][number];

export const ME_KEY = ["get", "/api/v1/me"] as const;

export async function fetchMe({ signal }: { signal?: AbortSignal } = {}): Promise<Me> {
  const { data } = await client.GET("/api/v1/me", signal ? { signal } : {});
  // The client throws where there is no success, so there is a body.
  const me = data as Me;
  const who = me.person ?? me.actor;
  if (!sessionFound(who, me.name, me.csrf)) throw otherPerson(me.name);
  markIn(me.permissions.includes("usage.read") ? who : null);
  return me;
}

const ME = queryOptions<Me, ProblemError>({
  queryKey: ME_KEY,
  queryFn: fetchMe,
  staleTime: 60_000,
});

/** What somebody may see and do, as one text. */
export function rolesOf({ roles, permissions }: Me): string {
  return JSON.stringify([roles, permissions]);
}

/** Ask again who one is. Whose roles are others now sees nothing any more of what was known before. */
export async function meAgain(queries: QueryClient): Promise<void> {
  const before = queries.getQueryData<Me>(ME_KEY);
  const me = await queries.fetchQuery({ ...ME, staleTime: 0 }).catch(() => undefined);
  if (before && me && rolesOf(before) !== rolesOf(me))
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[1] !== ME_KEY[1] });
}

export function useMe() {
  return useQuery({ ...ME, placeholderData: undefined });
}

/** Who is signed in, once that is known; fails where nobody is. */
export function whoAsks(queries: QueryClient): Promise<Me> {
  return queries.ensureQueryData(ME);
}

/** `const may = usePermissions(); may("budgets.write")`. The server enforces it; this hides what would fail. */
export function usePermissions(): (permission: string) => boolean {
  const { data } = useMe();
  return useCallback((permission) => data?.permissions.includes(permission) ?? false, [data]);
}
