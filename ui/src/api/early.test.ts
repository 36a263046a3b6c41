import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { client } from "./client";
import { askEarly } from "./early";

const FILTER = ["team:a b", "tag:x:ü&=1"];
const QUESTION = [
  "/api/v1/usage",
  { params: { query: { from: "30d", to: "now", filter: FILTER, by: "model" } } },
] as const;

describe("what is asked early", () => {
  const asked: string[] = [];
  const respond = vi.fn(async (request: Request) => {
    asked.push(request.url);
    return new Response(JSON.stringify({ rows: [] }), { headers: { "content-type": "application/json" } });
  });

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", respond);
    asked.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test("is not asked again by whoever asks the same, once", async () => {
    askEarly(QUESTION);
    expect((await client.GET(...QUESTION)).data).toEqual({ rows: [] });
    expect(asked).toHaveLength(1);
    await client.GET(...QUESTION);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(asked[0]);
  });

  test("is of the past after some seconds", async () => {
    askEarly(QUESTION);
    await vi.advanceTimersByTimeAsync(10_000);
    await client.GET(...QUESTION);
    expect(asked).toHaveLength(2);
  });

  test("fails as any question does where the server is not reached", async () => {
    respond.mockRejectedValueOnce(new TypeError("no network"));
    askEarly(QUESTION);
    await expect(client.GET(...QUESTION)).rejects.toMatchObject({ status: 0, passing: true });
    expect((await client.GET(...QUESTION)).data).toEqual({ rows: [] });
  });
});
