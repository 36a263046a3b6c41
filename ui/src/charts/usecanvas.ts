/**
 * The part with ECharts: asked for together with the first page that has a chart, so that it is there when the figures
 * are. Not by Suspense, which shows what stands in for it for 300 ms at least.
 */

import { useEffect, useState } from "react";

type Canvas = typeof import("./canvas").default;

let there: Canvas | undefined;

const coming = import("./canvas").then((part) => {
  there = part.default;
});
// Whoever waits hears of a failure.
coming.catch(() => undefined);

/** The canvas, once it is there; throws where it will not come, as after an update of the server. */
export function useCanvas(): Canvas | undefined {
  const [, setSettled] = useState(there !== undefined);
  const [failure, setFailure] = useState<{ error: unknown }>();
  useEffect(() => {
    if (there) return;
    let gone = false;
    coming.then(
      () => gone || setSettled(true),
      (error: unknown) => gone || setFailure({ error }),
    );
    return () => {
      gone = true;
    };
  }, []);
  if (failure) throw failure.error;
  return there;
}
