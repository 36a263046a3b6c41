/** Lets in whoever is signed in; the others get the sign-in page at the address that they asked for. */

import { Fragment, lazy, type ReactNode, Suspense } from "react";
import { ProblemView, SkeletonBox } from "~/components/states";
import { rolesOf, useMe } from "~/session/me";

const SignIn = lazy(() => import("~/pages/sign-in"));

export function Gate({ children }: { children: ReactNode }) {
  const me = useMe();
  // Once in, one stays in: a session that ends later shows a dialog over the page.
  // What was shown to other roles is not for these: everything begins anew.
  if (me.data) return <Fragment key={rolesOf(me.data)}>{children}</Fragment>;
  if (me.error?.status === 401) {
    return (
      <Suspense fallback={null}>
        <SignIn />
      </Suspense>
    );
  }
  return (
    <main style={{ padding: "12vh 24px 24px", maxWidth: 640, margin: "0 auto" }}>
      {me.error ? <ProblemView error={me.error} onRetry={me.refetch} /> : <SkeletonBox height={160} />}
    </main>
  );
}
