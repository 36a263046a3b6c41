/** Who is signed in, and what they may do. */

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { ask } from "~/api/client";
import { ProblemError } from "~/api/problem";
import { sessionFound, setCsrf } from "./store";

export interface Me {
  actor: string;
  name: string;
  email: string | null;
  kind: "admin_token" | "person" | "api_token";
  roles: { role: string; teams: string[]; products: string[] }[];
  permissions: string[];
  sees_everything: boolean;
  csrf: string | null;
  session_ends_at: string | null;
  version: string;
  currency: "USD";
}

export const ME_KEY = ["get", "/api/v1/me"] as const;

export async function fetchMe({ signal }: { signal?: AbortSignal } = {}): Promise<Me> {
  const me = await ask<Me>("GET", "/api/v1/me", signal ? { signal } : {}).catch(withoutPeople);
  setCsrf(me.csrf);
  sessionFound();
  return me;
}

/** A control plane that knows no people yet lets its administrator's token do everything. */
function withoutPeople(thrown: unknown): Me {
  if (!(thrown instanceof ProblemError) || thrown.status !== 404) throw thrown;
  return {
    actor: "administrator",
    name: "Administrator",
    email: null,
    kind: "admin_token",
    roles: [{ role: "administrator", teams: [], products: [] }],
    permissions: PERMISSIONS,
    sees_everything: true,
    csrf: null,
    session_ends_at: null,
    version: "",
    currency: "USD",
  };
}

const PERMISSIONS = [
  ...["usage", "calls", "budgets", "estate", "policies", "keys", "approvals", "alerts", "people"],
  ...["audit", "settings", "system"],
].flatMap((what) => [`${what}.read`, `${what}.write`, `${what}.answer`]);

export function useMe() {
  return useQuery<Me, ProblemError>({
    queryKey: ME_KEY,
    queryFn: fetchMe,
    staleTime: 60_000,
    placeholderData: undefined,
  });
}

/** `const may = usePermissions(); may("budgets.write")`. The server enforces it; this hides what would fail. */
export function usePermissions(): (permission: string) => boolean {
  const { data } = useMe();
  return useCallback((permission) => data?.permissions.includes(permission) ?? false, [data]);
}
