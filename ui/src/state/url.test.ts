import { describe, expect, test } from "vitest";
import { resolveSpan, SHARED, splitFilter } from "./span";
import { flag, integer, list, oneOf, parseSearch, readState, stringifySearch, text, writeState } from "./url";

const STATE = {
  tab: oneOf(["rows", "chart"], "rows"),
  page: integer(1, 1, 99),
  q: text(),
  all: flag(),
  only: list(/^[a-z]+$/),
};
const NOTHING = { tab: "rows", page: 1, q: "", all: false, only: [] };

describe("state in the URL", () => {
  test("what is written is read again", () => {
    const state = { tab: "chart" as const, page: 7, q: "a&b=c %2F", all: true, only: ["x", "y"] };
    const query = stringifySearch(writeState(state, STATE));
    expect(readState(parseSearch(query), STATE)).toEqual({ state, mended: [] });
  });

  test("what is as by default is not in the address", () => {
    expect(stringifySearch(writeState(NOTHING as never, STATE))).toBe("");
  });

  test.each([
    "?tab=nothing&page=-3&all=maybe&only=UPPER",
    "?page=1e5&tab=&all=2&only=%00",
    "?page=99999999999999999999&tab=rows&tab=chart&only=1",
    "?__proto__=x&constructor=y&page=%F0%9F%92%A9",
    `?q=${"x".repeat(5000)}`,
    "?%",
    "?=&&&==",
  ])("nonsense falls back and is named: %s", (query) => {
    const { state } = readState(parseSearch(query), STATE);
    expect(state).toMatchObject({ page: 1, q: "", all: false, only: [] });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("only the members that were nonsense are named", () => {
    expect(readState(parseSearch("?page=0&tab=chart"), STATE).mended).toEqual(["page"]);
  });

  test("a filter keeps colons of its value, and a tag its key", () => {
    expect(splitFilter("team:a:b")).toEqual(["team", "a:b"]);
    expect(splitFilter("tag:cost-centre:42:7")).toEqual(["tag:cost-centre", "42:7"]);
    const odd = { filter: ["team:<script>alert(1)</script>", "tag:x:a&b"] };
    const read = readState(parseSearch(stringifySearch(writeState(odd, SHARED))), SHARED);
    expect(read.state.filter).toEqual(odd.filter);
  });
});

describe("the span", () => {
  const now = new Date("2026-11-27T12:00:00Z");
  const resolved = (query: string, zone = "Europe/Berlin") =>
    resolveSpan(readState(parseSearch(query), SHARED).state, zone, now);

  test("presets begin with a local day or month", () => {
    expect(resolved("?span=today")).toMatchObject({ from: "2026-11-26T23:00:00Z", to: "now" });
    expect(resolved("?span=month")).toMatchObject({ from: "2026-10-31T23:00:00Z", to: "now" });
    expect(resolved("?span=last_month")).toMatchObject({
      from: "2026-09-30T22:00:00Z",
      to: "2026-10-31T23:00:00Z",
      days: "1 Oct 2026 – 31 Oct 2026",
    });
  });

  test("a custom span is in local days, its end not in it", () => {
    expect(resolved("?span=custom&from=2026-11-01&to=2026-11-03")).toMatchObject({
      from: "2026-10-31T23:00:00Z",
      to: "2026-11-02T23:00:00Z",
      days: "1 Nov 2026 – 2 Nov 2026",
    });
  });

  test.each([
    "?span=custom&from=2026-11-03&to=2026-11-01",
    "?span=custom&from=yesterday&to=tomorrow",
    "?span=custom&from=2026-99-99",
    "?span=forever",
    "?from=2099-01-01",
  ])("nonsense is the last 30 days: %s", (query) => {
    expect(resolved(query)).toMatchObject({ from: "2026-10-28T23:00:00Z", to: "now" });
  });
});
