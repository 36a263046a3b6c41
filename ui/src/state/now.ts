/** The clock of the page: one timer for each period, however many ask. */

import { useSyncExternalStore } from "react";

interface Clock {
  now: Date;
  listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const clocks = new Map<number, Clock>();

function clock(periodMs: number): Clock {
  let found = clocks.get(periodMs);
  if (!found) {
    found = { now: new Date(), listeners: new Set(), timer: undefined };
    clocks.set(periodMs, found);
  }
  return found;
}

/** The time, anew every `periodMs`. */
export function useNow(periodMs: number): Date {
  const own = clock(periodMs);
  return useSyncExternalStore(
    (listener) => {
      own.listeners.add(listener);
      // Nobody listened for a while: the last look is stale.
      if (Date.now() - own.now.getTime() > periodMs) own.now = new Date();
      own.timer ??= setInterval(() => {
        own.now = new Date();
        for (const each of own.listeners) each();
      }, periodMs);
      return () => {
        own.listeners.delete(listener);
        if (own.listeners.size === 0) {
          clearInterval(own.timer);
          own.timer = undefined;
        }
      };
    },
    () => own.now,
  );
}
