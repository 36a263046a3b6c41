import { describe, expect, test } from "vitest";
import { assign, colours, hash, PALETTE, REST_COLOUR, slotOf, UNKNOWN_COLOUR } from "./colours";

type Rgb = [number, number, number];

function rgb(colour: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) as Rgb;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function luminance(colour: string): number {
  const [r, g, b] = rgb(colour).map(linear) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe("colours of values", () => {
  test.each([...PALETTE, REST_COLOUR, UNKNOWN_COLOUR])("%s stands out from both surfaces", (colour) => {
    expect(contrast(colour, "#ffffff")).toBeGreaterThanOrEqual(3);
    expect(contrast(colour, "#191d1f")).toBeGreaterThanOrEqual(3);
  });

  test("the hash is the published one", () => {
    expect(hash("")).toBe(0x811c9dc5);
    expect(hash("foobar")).toBe(0xbf9cf968);
  });

  test("a value keeps its colour whoever comes after it", () => {
    const first = assign({}, ["search", "support"]);
    const later = assign(first, ["billing", "lab", "search", "support", "growth"]);
    expect(later.search).toBe(first.search);
    expect(later.support).toBe(first.support);
  });

  test("no two of as many values as there are colours share one", () => {
    const names = Array.from({ length: PALETTE.length }, (_, place) => `team-${place}`);
    expect(new Set(Object.values(assign({}, names))).size).toBe(PALETTE.length);
  });

  test("a value that is alone has the colour of its hash", () => {
    expect(assign({}, ["search"]).search).toBe(slotOf("search"));
  });

  test("ten thousand teams and odd names get colours, too", () => {
    const names = [
      ...Array.from({ length: 10_000 }, (_, place) => `t${place}`),
      "__proto__",
      "<script>",
      "constructor",
    ];
    const colour = colours("team", names);
    expect(names.every((name) => (PALETTE as readonly string[]).includes(colour(name)))).toBe(true);
    expect(colour("unknown")).toBe(UNKNOWN_COLOUR);
  });
});
