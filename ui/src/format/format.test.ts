import { describe, expect, test } from "vitest";
import {
  change,
  count,
  duration,
  money,
  moneyExact,
  moneyShort,
  percent,
  quantity,
  quantityExact,
  rate,
  tokens,
} from "./format";

describe("numbers for reading", () => {
  test.each([
    ["1234567.891", "$1,234,567.89"],
    ["0", "$0.00"],
    ["0.01", "$0.01"],
    ["0.0042345", "$0.0042"],
    ["0.000000000001", "$0.000000000001"],
    ["-12.5", "−$12.50"],
    [null, "–"],
  ])("the amount %s reads %s", (text, shown) => {
    expect(money(text)).toBe(shown);
  });

  test("no amount above nothing reads like nothing", () => {
    for (let places = 1; places <= 12; places += 1) {
      expect(money(`0.${"0".repeat(places - 1)}1`)).toMatch(/[1-9]/);
    }
  });

  test("the title has every digit", () => {
    expect(moneyExact("1234.567890123456")).toBe("1,234.567890123456 USD");
    expect(quantityExact("0.5", "usd")).toBe("0.5 USD");
    expect(moneyExact(null)).toBe("no known price");
  });

  test("a rate below a dollar has three digits that say something", () => {
    expect(rate("0.019612")).toBe("$0.0196");
    expect(rate("0.5")).toBe("$0.50");
    expect(rate("2.345")).toBe("$2.35");
  });

  test("other measures", () => {
    expect(count(12345)).toBe("12,345");
    expect(tokens(9999)).toBe("9,999");
    expect(tokens(4_100_000)).toBe("4.1M");
    expect(percent(0.1234)).toBe("12.3 %");
    expect(percent(0.0004)).toBe("0.04 %");
    expect(percent(1)).toBe("100 %");
    expect(change(0.5)).toEqual(["+50 %", "more than"]);
    expect(change(159.3512)).toEqual(["160 times", ""]);
    expect(change(3500.2)).toEqual(["3,501 times", ""]);
    expect(change(-0.123)).toEqual(["−12.3 %", "less than"]);
    expect(change(null)).toEqual(["new", ""]);
    expect(duration(0.4)).toBe("0.4 ms");
    expect(duration(1240)).toBe("1.24 s");
    expect(duration(185_000)).toBe("3 min 5 s");
    expect(duration(86_400_000 * 3)).toBe("3 d");
    expect(moneyShort(1234)).toBe("$1.2K");
    expect(moneyShort(0.0001)).toBe("$0.0001");
    expect(quantity("1.5", "usd")).toBe("$1.50");
    expect(quantity(0.25, "ratio")).toBe("25 %");
    expect(quantity(null, "calls")).toBe("–");
  });
});
