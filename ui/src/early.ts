/**
 * Runs before the page's own script has come: asks for what the page shows first and fetches its parts, so that the
 * server answers while the browser still reads. Small, and the page works without it.
 */

import { askEarly } from "./api/early";
import { ASKED } from "./pages/asked";
import { wasIn } from "./session/mark";
import { parseSearch } from "./state/url";

const { pathname, search } = location;

/** The build names each page's files in the page (build/early.ts). */
function fetchParts(): void {
  const named = document.querySelector<HTMLMetaElement>('meta[name="bursar-parts"]')?.content;
  for (const href of (named ? (JSON.parse(named) as Record<string, string[]>) : {})[pathname] ?? []) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
}

// Who was not let in when they were last here will hardly be now, and would be refused once for each question.
// And whoever comes to sign in will be another than the cookie says now.
if (wasIn() && pathname !== "/sign-in") {
  askEarly(["/api/v1/me", {}]);
  for (const asked of ASKED[pathname]?.(parseSearch(search), new Date()) ?? []) askEarly(asked);
  fetchParts();
}
