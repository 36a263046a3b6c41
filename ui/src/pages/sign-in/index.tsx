/** The page of those who are not signed in; `/sign-in#TOKEN` signs in by itself. */

import { Anchor, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { asProblem, type ProblemError } from "~/api/problem";
import { ProblemView, SkeletonBox } from "~/components/states";
import { announceSession, onSessionAnnounced } from "~/session/mark";
import { ME_KEY } from "~/session/me";
import { SignInForm, signInByLink } from "~/session/signinform";
import classes from "./signin.module.css";

/** What a provider's way back says in the fragment when it opened a tab of its own. */
const DONE = "done";

export default function SignIn() {
  const router = useRouter();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [token] = useState(() => window.location.hash.slice(1));
  const [busy, setBusy] = useState(token !== "" && token !== DONE);
  const began = useRef(false);
  const enter = useCallback(async () => {
    await queries.resetQueries({ queryKey: ME_KEY });
    const path = window.location.pathname;
    if (path === "/sign-in") await router.navigate({ to: "/", replace: true });
  }, [queries, router]);
  useEffect(() => {
    document.title = "Sign in · Bursar";
    if (began.current) return;
    began.current = true;
    if (token === DONE) {
      announceSession();
      window.close();
      void enter();
    } else if (token) {
      // Out of the address and the history: the link works once, but need not lie about.
      window.history.replaceState(window.history.state, "", "/sign-in");
      signInByLink(token)
        .then(enter)
        .catch((thrown) => {
          setProblem(asProblem(thrown));
          setBusy(false);
        });
    }
  }, [token, enter]);
  useEffect(() => onSessionAnnounced(() => void enter()), [enter]);
  return (
    <main className={classes.page}>
      <div className={`card ${classes.box}`}>
        <h1 className={classes.title}>
          <img src="/icon.svg" alt="" width={28} height={28} /> Sign in to Bursar
        </h1>
        {problem && <ProblemView error={problem} what="The sign-in link" />}
        {busy ? <SkeletonBox height={150} /> : <SignInForm next={nextPath()} onDone={() => void enter()} />}
        <Text size="xs" c="dimmed">
          No link? Whoever administers Bursar makes one with <code>bursar sign-in</code>, or under Settings,
          People.{" "}
          <Anchor size="xs" underline="always" href="/api/docs">
            API documentation
          </Anchor>
        </Text>
      </div>
    </main>
  );
}

/** The page that was asked for before signing in. */
function nextPath(): string {
  const { pathname, search } = window.location;
  return pathname === "/sign-in" ? "/" : `${pathname}${search}`;
}
