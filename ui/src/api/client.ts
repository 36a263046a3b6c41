/** The control plane's API, typed by its own OpenAPI document (schema.d.ts). */

import createFetchClient, { type Middleware } from "openapi-fetch";
import createClient from "openapi-react-query";
import { csrf, sessionDoubted, sessionLost, takenBy } from "~/session/store";
import { fetchOrTake } from "./early";
import { otherPerson, ProblemError, problemOf, unreachable } from "./problem";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

function noteSession({ status, code }: ProblemError): void {
  if (status === 401) sessionLost();
  else if (code === "cross_site") sessionDoubted();
}

/** A page is asked for in the name of its owner only, whoever the cookie of the browser is by now. */
function checkOwner(): void {
  const taker = takenBy();
  if (taker !== null) throw otherPerson(taker);
}

const door: Middleware = {
  onRequest({ request }) {
    checkOwner();
    const secret = csrf();
    if (secret && !SAFE.has(request.method)) request.headers.set("x-bursar-csrf", secret);
    return request;
  },
  async onResponse({ response, request }) {
    if (response.ok) return;
    const problem = await problemOf(response);
    if (!request.url.includes("/api/v1/auth/link")) noteSession(problem);
    throw problem;
  },
  onError({ error }) {
    if (error instanceof ProblemError) return error;
    // An abort is the caller's own wish, everything else a network that failed.
    return error instanceof DOMException && error.name === "AbortError" ? error : unreachable();
  },
};

/** Plain calls: `await client.POST("/api/v1/keys", { body })`; throws ProblemError. */
export const client = createFetchClient<paths>({ baseUrl: "/", fetch: fetchOrTake });
client.use(door);

/** Hooks: `api.useQuery("get", "/api/v1/usage", { params: { query } })`. */
export const api = createClient(client);

interface Ask {
  query?: Record<string, string | number | boolean | readonly string[] | null | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** For addresses that the OpenAPI document leaves out; prefer `client`. Null for an empty reply. */
export async function ask<T>(
  method: string,
  path: string,
  { query = {}, body, signal }: Ask = {},
): Promise<T> {
  checkOwner();
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value == null) continue;
    for (const each of Array.isArray(value) ? value : [value]) search.append(name, String(each));
  }
  const headers = new Headers({ accept: "application/json" });
  const secret = csrf();
  if (secret && !SAFE.has(method)) headers.set("x-bursar-csrf", secret);
  if (body !== undefined) headers.set("content-type", "application/json");
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  let reply: Response;
  try {
    reply = await fetch(`${path}${search.size ? `?${search}` : ""}`, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!reply.ok) {
    const problem = await problemOf(reply);
    noteSession(problem);
    throw problem;
  }
  const text = await reply.text();
  return (text ? JSON.parse(text) : null) as T;
}
