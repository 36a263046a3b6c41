/** One stream of server-sent events for the whole page: calls as they come, and what has changed. */

import { useEffect, useRef, useSyncExternalStore } from "react";

export interface LiveEvents {
  hello: { revision: number; now: string };
  calls: { calls: LiveCall[]; more: number };
  rate: { usd_per_hour: string; calls_per_minute: number; today_cost: string };
  changed: { what: string[] };
}

/** As in GET /api/v1/calls; pages type it by the schema. */
export type LiveCall = Record<string, unknown> & { call_id: string };

export type LiveState = "off" | "connecting" | "open" | "lost";

const NAMES = ["hello", "calls", "rate", "changed"] as const;
const PATIENCE_MS = [500, 1000, 2000, 4000, 8000];
/** The server says something every 15 s; a stream that is silent for longer is dead, whatever the socket says. */
const SILENCE_MS = 40_000;

type Handler<K extends keyof LiveEvents> = (data: LiveEvents[K]) => void;

/** Opens the stream, opens it again when it breaks, and tells listeners; made once (see `live`). */
export class Live {
  #source: EventSource | null = null;
  #state: LiveState = "off";
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #handlers = new Map<string, Set<Handler<never>>>();
  #watchers = new Set<() => void>();
  #reconnected = new Set<() => void>();
  #failed = new Set<() => void>();
  readonly #open: () => EventSource;

  constructor(open: () => EventSource) {
    this.#open = open;
  }

  get state(): LiveState {
    return this.#state;
  }

  start(): void {
    if (this.#source || this.#timer) return;
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = null;
    this.#failures = 0;
    this.#set("off");
  }

  on<K extends keyof LiveEvents>(name: K, handler: Handler<K>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler as Handler<never>);
    return () => handlers.delete(handler as Handler<never>);
  }

  onState(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** After a break: what was missed must be asked for. */
  onReconnect(listener: () => void): () => void {
    this.#reconnected.add(listener);
    return () => this.#reconnected.delete(listener);
  }

  /** When the stream breaks; the reason is not known here (an ended session, a restart). */
  onFailure(listener: () => void): () => void {
    this.#failed.add(listener);
    return () => this.#failed.delete(listener);
  }

  #connect(): void {
    this.#timer = undefined;
    if (this.#state !== "lost") this.#set("connecting");
    const source = this.#open();
    this.#source = source;
    source.onopen = () => {
      const was = this.#failures;
      this.#failures = 0;
      this.#set("open");
      this.#watchSilence(source);
      if (was) for (const each of this.#reconnected) each();
    };
    source.onerror = () => this.#broken(source);
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        this.#watchSilence(source);
        this.#tell(name, (event as MessageEvent<string>).data);
      });
    }
  }

  #tell(name: string, text: string): void {
    let data: never;
    try {
      data = JSON.parse(text) as never;
    } catch {
      return;
    }
    for (const handler of this.#handlers.get(name) ?? []) handler(data);
  }

  #watchSilence(source: EventSource): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#broken(source), SILENCE_MS);
  }

  #broken(source: EventSource): void {
    if (source !== this.#source) return;
    clearTimeout(this.#timer);
    source.close();
    this.#source = null;
    const wait = PATIENCE_MS[Math.min(this.#failures, PATIENCE_MS.length - 1)];
    this.#failures += 1;
    this.#set("lost");
    for (const each of this.#failed) each();
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #set(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const each of this.#watchers) each();
  }
}

export const live = new Live(() => new EventSource("/api/v1/live"));

/** `useLive("calls", ({ calls }) => ...)`: the handler may change, the subscription does not. */
export function useLive<K extends keyof LiveEvents>(name: K, handler: Handler<K>): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => live.on(name, (data) => latest.current(data)), [name]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => live.onState(watcher),
    () => live.state,
  );
}
