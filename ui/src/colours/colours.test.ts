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

/** Linear RGB as dichromats see it: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency", 2009, severity 1. */
const SIGHT: Record<string, number[][]> = {
  everybody: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopes: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopes: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopes: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: number[][], vector: number[]): number[] {
  return matrix.map((row) => row.reduce((sum, factor, place) => sum + factor * (vector[place] ?? 0), 0));
}

function lab(colour: string, sight: number[][]): Rgb {
  const seen = times(sight, rgb(colour).map(linear)).map((channel) => Math.min(1, Math.max(0, channel)));
  const xyz = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    seen,
  );
  const [x = 0, y = 0, z = 0] = xyz.map((value, place) => {
    const share = value / ([0.95047, 1, 1.08883][place] as number);
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe("colours of values", () => {
  test.each(Object.keys(SIGHT))("%s tell any two colours apart", (who) => {
    const seen = PALETTE.map((colour) => lab(colour, SIGHT[who] as number[][]));
    const distances = seen.flatMap((a, at) =>
      seen.slice(at + 1).map((b) => Math.hypot(...a.map((value, place) => value - (b[place] as number)))),
    );
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(20);
  });

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

  test("a value that comes twice has one colour, and takes no other's", () => {
    const names = ["openai", "openai", "gemini", "anthropic", "openai", "azure", "gemini"];
    expect(new Set(Object.values(assign({}, names))).size).toBe(4);
  });

  test("in one chart no two are alike, whatever was known before", () => {
    colours(
      "busy",
      Array.from({ length: 300 }, (_, place) => `old-${place}`),
    );
    const names = Array.from({ length: PALETTE.length }, (_, place) => `old-${place * 7}`);
    const colour = colours("busy", names);
    expect(new Set(names.map(colour)).size).toBe(PALETTE.length);
  });

  test("a value whose meaning has a colour has that", () => {
    const colour = colours("status", ["error", "complete"]);
    expect([colour("complete"), colour("error")]).toEqual([PALETTE[2], PALETTE[4]]);
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
