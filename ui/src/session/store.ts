/** What the page knows of its session outside of React: the CSRF secret, and whether it has ended. */

import { markIn } from "./mark";

let secret: string | null = null;
let lost = false;
const listeners = new Set<() => void>();
const doubters = new Set<() => void>();
const CHANNEL = "bursar-session";

function tell(): void {
  for (const each of listeners) each();
}

/** What unsafe methods must carry; null for a token that needs none. */
export function csrf(): string | null {
  return secret;
}

export function setCsrf(value: string | null): void {
  secret = value;
}

/** A reply was 401: whoever shows the sign-in dialog is told, and nothing that was typed is lost. */
export function sessionLost(): void {
  markIn(false);
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

export function sessionFound(): void {
  if (lost) {
    lost = false;
    tell();
  }
}

export function isSessionLost(): boolean {
  return lost;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells other tabs of this browser that somebody signed in or out here. */
export function announceSession(): void {
  if (typeof BroadcastChannel === "undefined") return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("changed");
  channel.close();
}

export function onSessionAnnounced(listener: () => void): () => void {
  if (typeof BroadcastChannel === "undefined") return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = listener;
  return () => channel.close();
}
