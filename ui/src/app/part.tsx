/** A page as a part of its own, fetched when it is first opened; where that fails, it can be tried again. */

import { type ComponentType, type ReactNode, useCallback, useEffect, useState } from "react";
import { client } from "~/api/client";
import { PageFailed } from "./boundary";

interface Loaded {
  default: ComponentType;
}

/** What a browser names when a part did not come. It remembers that: the same address is not fetched again. */
const ADDRESS = /\bhttps?:\/\/\S+\.js$/;

/** Fetches a part once, and once more for each failure. */
class Source {
  page: ComponentType | undefined;
  #coming: Promise<void> | undefined;
  #failures = 0;
  #load: () => Promise<Loaded>;

  constructor(load: () => Promise<Loaded>) {
    this.#load = load;
  }

  fetch(): Promise<void> {
    this.#coming ??= this.#load().then(
      (loaded) => {
        this.page = loaded.default;
      },
      async (error) => {
        this.#coming = undefined;
        this.#failures += 1;
        const address = ADDRESS.exec(error instanceof Error ? error.message : "")?.[0];
        const again = `${address}?again=${this.#failures}`;
        if (address) this.#load = () => import(/* @vite-ignore */ again);
        // Not reached, it says so itself; reached, the part is of another version of the console.
        await client.GET("/api/v1/auth/options");
        throw error;
      },
    );
    return this.#coming;
  }
}

/** For a route's `component`. The router's own way loads the whole document anew when a part does not come. */
export function part(load: () => Promise<Loaded>, waiting: ReactNode) {
  const source = new Source(load);
  return Object.assign(() => <Part source={source} waiting={waiting} />, {
    preload: () => source.fetch().catch(() => undefined),
  });
}

function Part({ source, waiting }: { source: Source; waiting: ReactNode }) {
  const [, setSettled] = useState(source.page !== undefined);
  const [failure, setFailure] = useState<{ error: Error }>();
  const fetchIt = useCallback(() => {
    setFailure(undefined);
    source.fetch().then(
      () => setSettled(true),
      (error: Error) => setFailure({ error }),
    );
  }, [source]);
  useEffect(() => {
    if (!source.page) fetchIt();
  }, [source, fetchIt]);
  if (failure) return <PageFailed error={failure.error} reset={fetchIt} />;
  const Page = source.page;
  return Page ? <Page /> : waiting;
}
