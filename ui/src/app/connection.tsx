/** Whether news come in: a dot and a word, and one polite sentence when that changes. */

import { Tooltip, VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";
import { type LiveState, live, useLiveState } from "~/live/live";
import classes from "./shell.module.css";

const WORDS: Record<LiveState, string> = {
  off: "Not live",
  connecting: "Connecting",
  open: "Live",
  lost: "Reconnecting",
};

const SENTENCES: Record<LiveState, string> = {
  off: "New calls are not shown by themselves.",
  connecting: "The stream of news is being opened.",
  open: "New calls and changes show by themselves.",
  lost: "The connection to Bursar is lost. What you see may be old; it is loaded anew when the connection is back.",
};

const BACK = "The connection is back, and everything is loaded anew.";
const BACK_MS = 8000;

/** Whether the connection came back a moment ago. */
function useBack(): boolean {
  const [back, setBack] = useState(false);
  useEffect(() => live.onReconnect(() => setBack(true)), []);
  useEffect(() => {
    if (!back) return;
    const timer = setTimeout(() => setBack(false), BACK_MS);
    return () => clearTimeout(timer);
  }, [back]);
  return back;
}

export function Connection() {
  const state = useLiveState();
  const back = useBack() && state === "open";
  return (
    <>
      <Tooltip label={SENTENCES[state]} multiline w={260}>
        <span className={classes.connection} tabIndex={0} data-testid="connection" data-state={state}>
          <span className={classes.dot} data-state={state} aria-hidden="true" />
          <span className={classes.words} data-state={state}>
            {back ? "Live again" : WORDS[state]}
          </span>
        </span>
      </Tooltip>
      <VisuallyHidden role="status">{state === "lost" ? SENTENCES.lost : back ? BACK : ""}</VisuallyHidden>
    </>
  );
}
