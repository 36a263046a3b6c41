/** State that lives in the URL: read leniently, so that nonsense falls back and is named, never crashes. */

export type Search = Record<string, string | string[] | undefined>;

/** How one member of a state is read from and written to the query. `read` gives undefined for nonsense. */
export interface Codec<T> {
  read(texts: string[]): T | undefined;
  write(value: T): string | string[] | undefined;
  fallback: T;
}

export type Codecs<T> = { [K in keyof T]: Codec<T[K]> };

const TEXT_LIMIT = 512;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\x00-\x1f]/;

export function text(fallback = "", allowed: RegExp = /^/): Codec<string> {
  return {
    fallback,
    read: ([value = ""]) =>
      value.length <= TEXT_LIMIT && !CONTROL.test(value) && allowed.test(value) ? value : undefined,
    write: (value) => (value === fallback ? undefined : value),
  };
}

export function oneOf<const T extends string>(allowed: readonly T[], fallback: T): Codec<T> {
  return {
    fallback,
    read: ([value]) => allowed.find((each) => each === value),
    write: (value) => (value === fallback ? undefined : value),
  };
}

export function integer(fallback: number, least: number, most: number): Codec<number> {
  return {
    fallback,
    read: ([value = ""]) => {
      const number = /^-?\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      return number >= least && number <= most ? number : undefined;
    },
    write: (value) => (value === fallback ? undefined : String(value)),
  };
}

export function flag(fallback = false): Codec<boolean> {
  return {
    fallback,
    read: ([value]) => (value === "1" ? true : value === "0" ? false : undefined),
    write: (value) => (value === fallback ? undefined : value ? "1" : "0"),
  };
}

/** Several values: what of them is nonsense is left out, and makes the whole count as mended. */
export function list(allowed: RegExp | readonly string[], most = 50): Codec<string[]> {
  const fits = (value: string) =>
    value.length <= TEXT_LIMIT &&
    !CONTROL.test(value) &&
    (allowed instanceof RegExp ? allowed.test(value) : allowed.includes(value));
  return {
    fallback: [],
    read: (texts) => (texts.length <= most && texts.every(fits) ? [...new Set(texts)] : undefined),
    write: (values) => (values.length ? values : undefined),
  };
}

/** A state and the names of those parameters that said nothing usable and fell back. */
export interface Read<T> {
  state: T;
  mended: string[];
}

export function readState<T>(search: Search, codecs: Codecs<T>): Read<T> {
  const state = {} as T;
  const mended: string[] = [];
  for (const name of Object.keys(codecs) as (keyof T & string)[]) {
    const raw = search[name];
    const codec = codecs[name];
    const texts = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw];
    const value = texts.length ? codec.read(texts) : codec.fallback;
    if (value === undefined) mended.push(name);
    state[name] = value === undefined ? codec.fallback : value;
  }
  return { state, mended };
}

/** The members of the query for a change of state; undefined takes a parameter away. */
export function writeState<T>(change: Partial<T>, codecs: Codecs<T>): Search {
  const search: Search = {};
  for (const name of Object.keys(change) as (keyof T & string)[]) {
    search[name] = codecs[name].write(change[name] as T[typeof name]);
  }
  return search;
}

/** The router's two: a query without JSON and quotes, repeated names as lists. */
export function parseSearch(query: string): Search {
  const search: Search = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "__proto__") continue;
    const known = search[name];
    search[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  }
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  // Colons, commas and slashes mean nothing in a query, and people read it.
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/");
  return text ? `?${text}` : "";
}
