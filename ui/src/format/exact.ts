/** Exact decimals: amounts come as text and stay exact; a float would lose the last digits. */

const PLACES = 12n;
const SCALE = 10n ** PLACES;
const DECIMAL = /^(-?)(\d+)(?:\.(\d{1,12}))?$/;

/** Picodollars (10^-12) of a decimal text such as "1234.5"; RangeError if it is no such text. */
export function pico(text: string): bigint {
  const found = DECIMAL.exec(text);
  if (!found) throw new RangeError(`${text} is no decimal with at most 12 places`);
  const [, sign, whole, fraction = ""] = found;
  const size = BigInt(whole as string) * SCALE + BigInt(fraction.padEnd(12, "0"));
  return sign ? -size : size;
}

/** The shortest decimal text of picodollars: "1234.5", "0". */
export function decimal(amount: bigint): string {
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % SCALE).toString().padStart(12, "0").replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${size / SCALE}${fraction ? `.${fraction}` : ""}`;
}

/** The exact sum of decimal texts; what is null or undefined is left out. */
export function sum(texts: Iterable<string | null | undefined>): string {
  let total = 0n;
  for (const text of texts) if (text) total += pico(text);
  return decimal(total);
}

/** a - b, exactly. */
export function minus(a: string, b: string): string {
  return decimal(pico(a) - pico(b));
}

/** Negative, zero or positive as a is less than, equal to or more than b: for sorting. */
export function compare(a: string, b: string): number {
  const difference = pico(a) - pico(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** a / b for shares and lengths of bars, where a float is enough; null if b is 0. */
export function ratio(a: string, b: string): number | null {
  const [over, under] = [pico(a), pico(b)];
  if (under === 0n) return null;
  return Number((over * 1_000_000_000n) / under) / 1e9;
}

/** Text with exactly `places` decimals, rounded half away from zero. */
export function rounded(amount: bigint, places: number): string {
  const unit = 10n ** (PLACES - BigInt(places));
  const size = amount < 0n ? -amount : amount;
  const units = (size + unit / 2n) / unit;
  const text = units.toString().padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places);
  return `${amount < 0n && units !== 0n ? "-" : ""}${whole}${places ? `.${text.slice(-places)}` : ""}`;
}
