/** What a page shows when its code fails: the shell stays, and so does the way out. */

import { Button } from "@mantine/core";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { Page } from "~/components/page";
import { Empty, ProblemView } from "~/components/states";
import { live } from "~/live/live";

/** A part of the console that is gone from the server, because another version runs there now. */
const GONE = /dynamically imported module|Importing a module script failed|error loading/i;

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = useCallback(() => {
    reset();
    void router.invalidate();
  }, [reset, router]);
  // What failed because the server was away is there again by itself.
  useEffect(() => live.onReconnect(retry), [retry]);
  if (GONE.test(error instanceof Error ? error.message : String(error))) {
    return (
      <Page title="A new version is there">
        <Empty
          title="This page must be loaded anew"
          action={<Button onClick={() => window.location.reload()}>Load it</Button>}
        >
          Bursar was updated while this page was open.
        </Empty>
      </Page>
    );
  }
  return (
    <Page title="This page failed">
      <ProblemView error={error} onRetry={retry} />
    </Page>
  );
}

export function PageMissing() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address" action={<Link to="/">To the overview</Link>}>
        A link may be old, or mistyped. The search (Ctrl K) finds pages, teams, budgets, keys and calls.
      </Empty>
    </Page>
  );
}
