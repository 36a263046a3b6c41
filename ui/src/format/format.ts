/** How numbers are written: one way for each kind of value, everywhere. See components/values.tsx for elements. */

import { decimal, pico, rounded } from "./exact";

/** What stands where there is no value. */
export const NONE = "–";

const MINUS = "−";
const CENT = 10_000_000_000n;
const DOLLAR = 100n * CENT;

/** Commas between thousands; digits after a point stay as they are. */
function grouped(digits: string): string {
  return digits.replace(/(?<!\.\d*)\B(?=(\d{3})+(?!\d))/g, ",");
}

function dollars(text: string): string {
  const [whole = "0", fraction] = text.replace("-", "").split(".");
  return `${text.startsWith("-") ? MINUS : ""}$${grouped(whole)}${fraction ? `.${fraction}` : ""}`;
}

/**
 * An amount for reading: "$1,234.57", "$0.0042", "$0.00". Below a cent as many places as show two digits, so
 * that no cost looks like nothing. `null` is unpriced, which is not zero: "–".
 */
export function money(text: string | null | undefined): string {
  if (text == null) return NONE;
  const amount = pico(text);
  const size = amount < 0n ? -amount : amount;
  if (size === 0n || size >= CENT) return dollars(rounded(amount, 2));
  const leading = 12 - size.toString().length;
  return dollars(rounded(amount, Math.min(12, leading + 2)));
}

/** An amount per something: three significant digits below a dollar, since a cent would say too little. */
export function rate(text: string | null | undefined): string {
  if (text == null) return NONE;
  const amount = pico(text);
  const size = amount < 0n ? -amount : amount;
  if (size === 0n || size >= DOLLAR) return money(text);
  const leading = 12 - size.toString().length;
  const [whole, fraction = ""] = rounded(amount, Math.min(12, leading + 3)).split(".");
  return dollars(`${whole}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`);
}

/** The exact amount, for titles: "1,234.567890123 USD". */
export function moneyExact(text: string | null | undefined): string {
  if (text == null) return "no known price";
  const [whole = "0", fraction] = decimal(pico(text)).replace("-", "").split(".");
  return `${text.startsWith("-") ? MINUS : ""}${grouped(whole)}${fraction ? `.${fraction}` : ""} USD`;
}

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** An amount for an axis, from a number: "$1.2K". */
export function moneyShort(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size === 0) return "$0";
  if (size >= 1000) return `${sign}$${COMPACT.format(size)}`;
  if (size >= 1) return `${sign}$${Number.isInteger(size) ? size : size.toFixed(2)}`;
  return `${sign}$${size.toPrecision(2).replace(/\.?0+$/, "")}`;
}

/** A number of things: "12,345". */
export function count(value: number | null | undefined): string {
  return value == null ? NONE : WHOLE.format(value).replace("-", MINUS);
}

/** Tokens for reading: "999", "12.3K", "4.1M". The title has them all. */
export function tokens(value: number | null | undefined): string {
  if (value == null) return NONE;
  return (Math.abs(value) < 10_000 ? WHOLE : COMPACT).format(value).replace("-", MINUS);
}

/** A share of 1: "12.3 %", "0.04 %", "100 %". */
export function percent(share: number | null | undefined): string {
  if (share == null || !Number.isFinite(share)) return NONE;
  const value = share * 100;
  const size = Math.abs(value);
  const places = size === 0 || size >= 99.95 || Number.isInteger(value) ? 0 : size < 1 ? 2 : 1;
  return `${grouped(value.toFixed(places)).replace("-", MINUS)} %`;
}

/** A change relative to before, with the word after it: "+12.3 % more than", "160 times"; "new" after nothing. */
export function change(share: number | null): [sign: string, word: string] {
  if (share === null) return ["new", ""];
  // Beyond that nobody reads percent.
  if (share >= 9.5) return [`${grouped((1 + share).toFixed(0))} times`, ""];
  return share > 0 ? [`+${percent(share)}`, "more than"] : [percent(share), "less than"];
}

/** Milliseconds for reading: "0.4 ms", "240 ms", "1.24 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function duration(ms: number | null | undefined): string {
  if (ms == null) return NONE;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const [large, small, first, second] =
    seconds < 3600
      ? [60, 1, "min", "s"]
      : seconds < 86_400
        ? [3600, 60, "h", "min"]
        : [86_400, 3600, "d", "h"];
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${first}${rest ? ` ${rest} ${second}` : ""}`;
}

export type Unit =
  | "usd"
  | "tokens"
  | "calls"
  | "ms"
  | "ratio"
  | "usd_per_call"
  | "usd_per_1k_tokens"
  | "tokens_per_call";

/** The unit's name for axes and table heads. */
export const UNIT_NAMES: Record<Unit, string> = {
  usd: "USD",
  tokens: "tokens",
  calls: "calls",
  ms: "duration",
  ratio: "%",
  usd_per_call: "USD per call",
  usd_per_1k_tokens: "USD per 1,000 tokens",
  tokens_per_call: "tokens per call",
};

export type Quantity = string | number | null | undefined;

/** A value of any measure for reading; decimal text for USD, numbers for all others. */
export function quantity(value: Quantity, unit: Unit): string {
  if (value == null) return NONE;
  if (unit.startsWith("usd")) {
    const text = typeof value === "number" ? plain(value) : value;
    return unit === "usd" ? money(text) : rate(text);
  }
  const number = Number(value);
  if (unit === "ratio") return percent(number);
  if (unit === "ms") return duration(number);
  if (unit === "tokens_per_call") return count(Math.round(number * 10) / 10);
  return unit === "tokens" ? tokens(number) : count(number);
}

/** The whole value for a title, to the last digit. */
export function quantityExact(value: Quantity, unit: Unit): string {
  if (value == null) return "no value";
  if (unit.startsWith("usd") && typeof value === "string") return moneyExact(value);
  if (unit === "ratio") return `${Number(value) * 100} %`;
  const text =
    typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 6 }) : value;
  return `${text} ${unit === "ms" ? "ms" : UNIT_NAMES[unit]}`;
}

/** A value on an axis. */
export function axis(value: number, unit: Unit): string {
  if (unit.startsWith("usd")) return moneyShort(value);
  if (unit === "ratio") return percent(value);
  if (unit === "ms") return value === 0 ? "0" : duration(value);
  return COMPACT.format(value);
}

/** A float as decimal text with at most 12 places. */
function plain(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, "");
}

/** The name of a value as people read it; nothing said is "unknown". */
export function valueName(value: string): string {
  return value === "" ? "(none)" : value;
}
