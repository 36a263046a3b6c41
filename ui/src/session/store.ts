/** What the page knows of its session outside of React: the CSRF secret, whose page it is, and whether it has ended. */

import { markIn } from "./mark";

let secret: string | null = null;
let lost = false;
/** Whose page this is since it was loaded; never another's. */
let owner: string | null = null;
let taker: string | null = null;
const listeners = new Set<() => void>();
const doubters = new Set<() => void>();

function tell(): void {
  for (const each of listeners) each();
}

/** What unsafe methods must carry; null for a token that needs none. */
export function csrf(): string | null {
  return secret;
}

/** A reply was 401: whoever shows the sign-in dialog is told, and nothing that was typed is lost. */
export function sessionLost(): void {
  markIn(null);
  if (!lost) {
    lost = true;
    tell();
  }
}

/** The server refused the CSRF secret: another tab of this browser signed in anew, and who one is must be asked again. */
export function sessionDoubted(): void {
  for (const each of doubters) each();
}

export function onSessionDoubted(listener: () => void): () => void {
  doubters.add(listener);
  return () => doubters.delete(listener);
}

/** Somebody's session, and its secret; false if the page is another's, who may not ask in their name. */
export function sessionFound(who: string, name: string, csrfSecret: string | null): boolean {
  owner ??= who;
  if (owner !== who) {
    secret = null;
    taker = name;
    tell();
    return false;
  }
  secret = csrfSecret;
  if (lost) {
    lost = false;
    tell();
  }
  return true;
}

/** The owner left by themselves: whoever comes next begins anew. */
export function sessionEnded(): void {
  markIn(null);
  secret = null;
  owner = null;
}

export function isSessionLost(): boolean {
  return lost;
}

/** Who signed in in another tab while this page is still somebody else's; null for nobody. */
export function takenBy(): string | null {
  return taker;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
