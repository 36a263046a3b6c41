import { describe, expect, test } from "vitest";
import { compare, decimal, minus, pico, ratio, rounded, sum } from "./exact";

describe("exact decimals", () => {
  test("a sum that floats get wrong is right", () => {
    expect(sum(["0.1", "0.2"])).toBe("0.3");
    expect(sum(["0.000000000001", "12345678901234567890.5", "-0.5"])).toBe(
      "12345678901234567890.000000000001",
    );
  });

  test("a thousand parts add up to their whole to the last picodollar", () => {
    const parts = Array.from({ length: 1000 }, (_, place) =>
      decimal(BigInt(place) * 7_919_123n - 1_000_003n),
    );
    const whole = decimal(parts.reduce((total, part) => total + pico(part), 0n));
    expect(sum(parts)).toBe(whole);
  });

  test("what is unpriced adds nothing and is no error", () => {
    expect(sum([null, "1.5", undefined])).toBe("1.5");
  });

  test.each(["", "1e5", "NaN", "1.", ".5", "1.0000000000001", "1,5", " 1"])("%j is refused", (text) => {
    expect(() => pico(text)).toThrow(RangeError);
  });

  test("text comes back as its shortest form", () => {
    expect(decimal(pico("0012.500"))).toBe("12.5");
    expect(decimal(pico("-0.0"))).toBe("0");
  });

  test("order, difference and share", () => {
    expect(["10", "9.99", "-1"].sort(compare)).toEqual(["-1", "9.99", "10"]);
    expect(minus("1", "1.000000000001")).toBe("-0.000000000001");
    expect(ratio("1", "4")).toBe(0.25);
    expect(ratio("1", "0")).toBeNull();
  });

  test("rounding goes half away from zero", () => {
    expect(rounded(pico("0.125"), 2)).toBe("0.13");
    expect(rounded(pico("-0.125"), 2)).toBe("-0.13");
    expect(rounded(pico("-0.001"), 2)).toBe("0.00");
    expect(rounded(pico("9.999"), 0)).toBe("10");
  });
});
