/** Whether news come in: a dot and a word, and one polite sentence when that changes. */

import { Tooltip, VisuallyHidden } from "@mantine/core";
import { type LiveState, useLiveState } from "~/live/live";
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

export function Connection() {
  const state = useLiveState();
  return (
    <>
      <Tooltip label={SENTENCES[state]} multiline w={260}>
        <span className={classes.connection} tabIndex={0} data-testid="connection" data-state={state}>
          <span className={classes.dot} data-state={state} aria-hidden="true" />
          <span className={classes.words}>{WORDS[state]}</span>
        </span>
      </Tooltip>
      <VisuallyHidden role="status">{state === "lost" ? SENTENCES.lost : ""}</VisuallyHidden>
    </>
  );
}
