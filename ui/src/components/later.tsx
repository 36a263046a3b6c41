/** What stands further down a page: asked for when what is above has its answers, so that the top is there first. */

import { useIsFetching } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { SkeletonBox } from "./states";

const FIRST_MS = 60;
const LAST_MS = 1500;

/** `height` is about that of what will come, so that nothing moves. */
export function Later({ height, children }: { height: number; children: ReactNode }) {
  const fetching = useIsFetching();
  const [begun, setBegun] = useState(false);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    // What is above begins to ask in the same turn as this; and a slow answer there holds nothing up for long.
    const first = setTimeout(() => setBegun(true), FIRST_MS);
    const last = setTimeout(() => setReady(true), LAST_MS);
    return () => {
      clearTimeout(first);
      clearTimeout(last);
    };
  }, []);
  useEffect(() => {
    if (begun && fetching === 0) setReady(true);
  }, [begun, fetching]);
  return ready ? children : <SkeletonBox height={height} />;
}
