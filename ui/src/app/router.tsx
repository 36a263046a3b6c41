/** The addresses of the console; each page is a part of its own, loaded when it is first opened. */

import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  retainSearchParams,
} from "@tanstack/react-router";
import { api } from "~/api/client";
import type { Asked } from "~/api/early";
import { Page } from "~/components/page";
import { SkeletonBox } from "~/components/states";
import { ASKED } from "~/pages/asked";
import { whoAsks } from "~/session/me";
import { SHARED_NAMES } from "~/state/span";
import { parseSearch, type Search, stringifySearch } from "~/state/url";
import { PageFailed, PageMissing } from "./boundary";
import { Gate } from "./gate";
import { part } from "./part";
import { Shell } from "./shell";

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  // Nothing is refused here: each page reads what it knows, and falls back (state/url.ts).
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
  search: { middlewares: [retainSearchParams<Search>([...SHARED_NAMES])] },
  component: Outlet,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: part(() => import("~/pages/sign-in"), null),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: () => (
    <Gate>
      <Shell />
    </Gate>
  ),
});

type PageModule = Promise<{ default: React.ComponentType }>;

/** What a page shows first is asked for while its part is loaded. */
function page<const Path extends string>(path: Path, load: () => PageModule) {
  const asked = ASKED[path];
  return createRoute({
    getParentRoute: () => shell,
    path,
    component: part(load, <Waiting />),
    loaderDeps: ({ search }) => search,
    loader: ({ context: { queries }, deps }) => {
      // Only for who is let in; the page itself says whatever goes wrong.
      if (asked)
        whoAsks(queries).then(
          () => ask(queries, asked(deps, new Date())),
          () => undefined,
        );
    },
  });
}

/** Ask now; the page finds what came. */
function ask(queries: QueryClient, questions: readonly Asked[]): void {
  for (const [path, init] of questions)
    void queries.prefetchQuery(api.queryOptions("get", path as never, init as never));
}

const pages = [
  page("/", () => import("~/pages/overview")),
  page("/explore", () => import("~/pages/explore")),
  page("/tokens", () => import("~/pages/tokens")),
  page("/inference", () => import("~/pages/inference")),
  page("/models", () => import("~/pages/models")),
  page("/calls", () => import("~/pages/calls")),
  page("/calls/$callId", () => import("~/pages/calls/call")),
  page("/budgets", () => import("~/pages/budgets")),
  page("/budgets/$name", () => import("~/pages/budgets/budget")),
  page("/policies", () => import("~/pages/policies")),
  page("/approvals", () => import("~/pages/approvals")),
  page("/alerts", () => import("~/pages/alerts")),
  page("/keys", () => import("~/pages/keys")),
  page("/estate", () => import("~/pages/estate")),
  page("/estate/$kind", () => import("~/pages/estate")),
  page("/estate/$kind/$name", () => import("~/pages/estate/document")),
  page("/settings", () => import("~/pages/settings")),
  page("/settings/$section", () => import("~/pages/settings")),
] as const;

function Waiting() {
  return (
    <Page title="…">
      <SkeletonBox height={88} />
      <SkeletonBox height={320} />
    </Page>
  );
}

export const router = createRouter({
  routeTree: root.addChildren([signIn, shell.addChildren(pages)]),
  context: { queries: undefined as unknown as QueryClient }, // given where it is shown
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingComponent: Waiting,
  defaultPendingMs: 150,
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: PageMissing,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
