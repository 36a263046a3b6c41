import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Live } from "./live";

/** A stream as the browser gives one, driven by the test. */
class Stream extends EventTarget {
  static opened: Stream[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor() {
    super();
    Stream.opened.push(this);
  }

  close() {
    this.closed = true;
  }

  say(name: string, data: string) {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}

function latest(): Stream {
  return Stream.opened.at(-1) as Stream;
}

describe("the live stream", () => {
  let live: Live;

  beforeEach(() => {
    vi.useFakeTimers();
    Stream.opened = [];
    live = new Live(() => new Stream() as unknown as EventSource);
    live.start();
  });

  afterEach(() => {
    live.stop();
    vi.useRealTimers();
  });

  test("events reach who listens, and nobody after", () => {
    const seen: unknown[] = [];
    const off = live.on("rate", (rate) => seen.push(rate.calls_per_minute));
    latest().say("rate", '{"calls_per_minute": 3}');
    latest().say("rate", "no JSON at all");
    off();
    latest().say("rate", '{"calls_per_minute": 4}');
    expect(seen).toEqual([3]);
  });

  test("a stream that breaks is opened again, later each time, and what was missed is asked for once", () => {
    let missed = 0;
    live.onReconnect(() => {
      missed += 1;
    });
    latest().onopen?.();
    latest().onerror?.();
    expect(live.state).toBe("lost");
    vi.advanceTimersByTime(499);
    expect(Stream.opened).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(Stream.opened).toHaveLength(2);
    latest().onerror?.();
    vi.advanceTimersByTime(999);
    expect(Stream.opened).toHaveLength(2);
    vi.advanceTimersByTime(1);
    latest().onopen?.();
    expect(live.state).toBe("open");
    expect(missed).toBe(1);
  });

  test("a stream that says nothing for long is taken for dead", () => {
    latest().onopen?.();
    vi.advanceTimersByTime(39_000);
    latest().say("hello", "{}");
    vi.advanceTimersByTime(39_000);
    expect(live.state).toBe("open");
    vi.advanceTimersByTime(2_000);
    expect(live.state).toBe("lost");
    expect(Stream.opened[0]?.closed).toBe(true);
  });

  test("a page that is left opens nothing more", () => {
    latest().onerror?.();
    live.stop();
    vi.advanceTimersByTime(60_000);
    expect(Stream.opened).toHaveLength(1);
  });
});
