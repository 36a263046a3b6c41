/** What of the address made no sense and fell back: told once for the page, whoever read it. */

import { useEffect, useSyncExternalStore } from "react";

let faults: readonly string[] = [];
const byReader = new Map<object, readonly string[]>();
const listeners = new Set<() => void>();

function tell(): void {
  const found = [...new Set([...byReader.values()].flat())].sort();
  if (found.join() === faults.join()) return;
  faults = found;
  for (const each of listeners) each();
}

/** Says that whoever asks could not understand these parameters of the address; none takes it back. */
export function useMendedReport(names: readonly string[]): void {
  const text = names.join();
  useEffect(() => {
    if (!text) return;
    const reader = {};
    byReader.set(reader, text.split(","));
    tell();
    return () => {
      byReader.delete(reader);
      tell();
    };
  }, [text]);
}

export function useMended(): readonly string[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => faults,
  );
}
