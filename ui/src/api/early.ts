/** Questions that are asked before the page's script is there: whoever asks the same then gets the reply on its way. */

import { createFinalURL, createQuerySerializer } from "openapi-fetch";
import type { paths } from "./schema";

/** A question as `client.GET(...asked)` and `api.useQuery("get", ...asked)` take it. */
export type Asked = readonly [path: keyof paths, init: { params?: { query?: Record<string, unknown> } }];

// Longer than a page needs to come up; a reply that nobody took by then is of the past.
const KEPT_MS = 5000;

const replies = new Map<string, Promise<Response>>();
const serialize = createQuerySerializer();

function addressOf([path, { params }]: Asked): string {
  const options = { baseUrl: "", params: params ?? {}, querySerializer: serialize };
  return new URL(createFinalURL(path, options as never), location.href).href;
}

/** Ask now. */
export function askEarly(asked: Asked): void {
  const address = addressOf(asked);
  if (replies.has(address)) return;
  const reply = fetch(new Request(address));
  reply.catch(() => undefined); // whoever takes it hears of it
  replies.set(address, reply);
  setTimeout(() => replies.delete(address), KEPT_MS);
}

/** `fetch`, or the reply to what was asked early; each is taken once. */
export function fetchOrTake(request: Request): Promise<Response> {
  const reply = request.method === "GET" ? replies.get(request.url) : undefined;
  if (!reply) return fetch(request);
  replies.delete(request.url);
  return reply;
}
