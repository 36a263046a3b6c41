/** The dialog of a session that ended in the middle of work: the page under it, and what was typed, stay. */

import { Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { live } from "~/live/live";
import { fetchMe, ME_KEY } from "./me";
import { SignInForm } from "./signinform";
import { isSessionLost, onSessionAnnounced, onSessionChange, onSessionDoubted } from "./store";

export function useSessionLost(): boolean {
  return useSyncExternalStore(onSessionChange, isSessionLost);
}

export function SignInAgain() {
  const lost = useSessionLost();
  const queries = useQueryClient();
  const goOn = useCallback(async () => {
    const me = await fetchMe().catch(() => null);
    if (!me) return;
    queries.setQueryData(ME_KEY, me);
    live.stop();
    live.start();
    await queries.invalidateQueries();
  }, [queries]);
  useEffect(() => (lost ? onSessionAnnounced(() => void goOn()) : undefined), [lost, goOn]);
  useEffect(() => {
    if (!lost) return undefined;
    // Escape is meant for this dialog, which does not close: one under it must not, with what was typed there.
    const keep = (event: KeyboardEvent) => {
      if (event.key === "Escape") event.stopImmediatePropagation();
    };
    window.addEventListener("keydown", keep, { capture: true });
    return () => window.removeEventListener("keydown", keep, { capture: true });
  }, [lost]);
  useEffect(() => onSessionDoubted(() => void queries.invalidateQueries({ queryKey: ME_KEY })), [queries]);
  return (
    <Modal
      opened={lost}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={1000}
      title="Your session has ended"
    >
      <Text size="sm" mb="md">
        Sign in again: this page stays as it is, with everything you typed. Signing in in another tab works
        too.
      </Text>
      <SignInForm next="/sign-in#done" apart onDone={() => void goOn()} />
    </Modal>
  );
}
