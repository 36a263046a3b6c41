/** Hooks that read and change the state in the URL. */

import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { browserZone } from "~/format/zone";
import { useMendedReport } from "./mended";
import { useNow } from "./now";
import { type Question, resolveSpan, SHARED, type Shared, type Span } from "./span";
import { type Codecs, readState, type Search, writeState } from "./url";

/** The query of the address as it stands, nothing checked. */
export function useSearchRaw(): Search {
  return useRouterState({ select: (state) => state.location.search as Search, structuralSharing: true });
}

export interface SetOptions {
  /** Leaves no entry in the history: for typing. */
  replace?: boolean;
}

/**
 * A page's own state, kept in the URL: `const [state, set] = useUrlState(CODECS)`. Declare `CODECS` outside of the
 * component. Nonsense falls back; the shell says so quietly.
 */
export function useUrlState<T>(
  codecs: Codecs<T>,
): [state: T, set: (change: Partial<T>, options?: SetOptions) => void, mended: string[]] {
  const search = useSearchRaw();
  const navigate = useNavigate();
  const { state, mended } = useMemo(() => readState(search, codecs), [search, codecs]);
  useMendedReport(mended);
  const set = useCallback(
    (change: Partial<T>, options: SetOptions = {}) => {
      const written = writeState(change, codecs);
      void navigate({
        to: ".",
        search: (before: Search) => ({ ...before, ...written }),
        replace: options.replace ?? false,
        resetScroll: false,
      } as never);
    },
    [codecs, navigate],
  );
  return [state, set, mended];
}

/** The state that all pages share, as it stands in the URL. */
export function useShared() {
  return useUrlState<Shared>(SHARED);
}

/** The time zone in which days begin: the URL's, or the browser's. */
export function useZone(): string {
  const [{ tz }] = useShared();
  return tz || browserZone();
}

/** The chosen span, resolved; it moves on when a day begins. */
export function useSpan(): Span {
  const [shared] = useShared();
  const zone = useZone();
  const now = useNow(60_000);
  return useMemo(() => resolveSpan(shared, zone, now), [shared, zone, now]);
}

export function useQuestion(): Question {
  const { from, to } = useSpan();
  const [{ filter }] = useShared();
  const tz = useZone();
  return useMemo(() => ({ from, to, filter, tz }), [from, to, filter, tz]);
}
