/** Who was signed in when this browser was last here: no secret, and no right to anything. Tabs tell each other by it. */

const NAME = "bursar-was-in";

export function wasIn(): boolean {
  try {
    return localStorage.getItem(NAME) !== null;
  } catch {
    return false; // storage may be forbidden
  }
}

/** `who` is signed in here now; null for nobody. */
export function markIn(who: string | null): void {
  try {
    if (who === null) localStorage.removeItem(NAME);
    else if (localStorage.getItem(NAME) !== who) localStorage.setItem(NAME, who);
  } catch {
    // Then nothing is asked early, and a tab learns of another one's sign-in by its next question.
  }
}

/** Tells other tabs of this browser that somebody signed in or out here, be it the same person again. */
export function announceSession(): void {
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage("changed");
  channel.close();
}

/** Another tab says so, or has found somebody else (who came back from an identity provider). */
export function onSessionAnnounced(listener: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === NAME && event.newValue !== event.oldValue) listener();
  };
  window.addEventListener("storage", heard);
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
  if (channel) channel.onmessage = listener;
  return () => {
    window.removeEventListener("storage", heard);
    channel?.close();
  };
}
