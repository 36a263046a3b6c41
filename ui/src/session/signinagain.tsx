/** The dialog of a session that ended, or became another's, in the middle of work: the page under it stays. */

import { Button, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { live } from "~/live/live";
import { onSessionAnnounced } from "./mark";
import { fetchMe, ME_KEY, useMe } from "./me";
import { SignInForm } from "./signinform";
import { isSessionLost, onSessionChange, onSessionDoubted, takenBy } from "./store";

export function useSessionLost(): boolean {
  return useSyncExternalStore(onSessionChange, isSessionLost);
}

export function SignInAgain() {
  const lost = useSessionLost();
  const taker = useSyncExternalStore(onSessionChange, takenBy);
  const { data: owner } = useMe();
  const queries = useQueryClient();
  const goOn = useCallback(async () => {
    const me = await fetchMe().catch(() => null);
    if (!me) return;
    queries.setQueryData(ME_KEY, me);
    live.stop();
    live.start();
    await queries.invalidateQueries();
  }, [queries]);
  const look = useCallback(() => void fetchMe().catch(() => undefined), []);
  useEffect(() => onSessionAnnounced(lost ? () => void goOn() : look), [lost, goOn, look]);
  useEffect(() => onSessionDoubted(look), [look]);
  useEffect(() => {
    if (taker !== null) live.stop();
  }, [taker]);
  const open = lost || taker !== null;
  useEffect(() => {
    if (!open) return undefined;
    // Escape is meant for this dialog, which does not close: one under it must not, with what was typed there.
    const keep = (event: KeyboardEvent) => {
      if (event.key === "Escape") event.stopImmediatePropagation();
    };
    window.addEventListener("keydown", keep, { capture: true });
    return () => window.removeEventListener("keydown", keep, { capture: true });
  }, [open]);
  return (
    <Modal
      opened={open}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={1000}
      title={taker === null ? "Your session has ended" : "Somebody else is signed in"}
    >
      {taker === null ? (
        <>
          <Text size="sm" mb="md">
            Sign in again: this page stays as it is, with everything you typed. Signing in in another tab
            works too.
          </Text>
          <SignInForm next="/sign-in#done" apart onDone={() => void goOn()} />
        </>
      ) : (
        <>
          <Text size="sm" mb="md">
            {taker} signed in in another tab of this browser. This page is still {owner?.name ?? "another's"}:
            nothing on it is sent any more.
          </Text>
          <Button onClick={() => window.location.reload()}>Load it for {taker}</Button>
        </>
      )}
    </Modal>
  );
}
