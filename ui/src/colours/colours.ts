/**
 * A stable colour for each value of a dimension.
 *
 * Ten colours, found by search so that any two are at least 20 apart in CIELAB for normal sight and for each kind of
 * dichromacy (simulated after Machado, Oliveira and Fernandes, 2009), within the luminances that have 3:1 against both
 * the light and the dark surface (WCAG 1.4.11). colours.test.ts holds both.
 */

export const PALETTE = [
  "#5454e4", // indigo
  "#f06c00", // orange
  "#007848", // green
  "#a884cc", // lavender
  "#cc2400", // red
  "#6090fc", // light blue
  "#789c54", // moss
  "#9048b4", // purple
  "#c08490", // dusty rose
  "#a84884", // plum
] as const;

export const REST_COLOUR = "#828c90";
export const UNKNOWN_COLOUR = "#9b8f86";
/** Values whose meaning has a colour. */
const FIXED: Record<string, Record<string, string>> = {
  status: {
    complete: PALETTE[2],
    error: PALETTE[4],
    partial: PALETTE[1],
    interrupted: PALETTE[7],
  },
};
/** Values that say that nobody said. */
const NOBODY = new Set(["", "unknown"]);

/** FNV-1a, 32 bit: the same on every machine. */
export function hash(text: string): number {
  let found = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    found = Math.imul(found ^ byte, 0x01000193) >>> 0;
  }
  return found;
}

export function slotOf(value: string): number {
  return hash(value) % PALETTE.length;
}

/** Who has which slot, as it is kept in this browser. */
export type Slots = Record<string, number>;

const KEPT_LIMIT = 500;

/**
 * The slots after `values` have theirs: the one of its hash, or, where a value that is known has that already, the
 * next free one. Once given, a value keeps its slot on every page. Past the palette's length slots are shared.
 */
export function assign(known: Slots, values: readonly string[]): Slots {
  const missing = [...new Set(values)].filter((value) => !NOBODY.has(value) && !Object.hasOwn(known, value));
  if (missing.length === 0) return known;
  const slots: Slots = Object.assign(Object.create(null), known);
  const uses = new Array<number>(PALETTE.length).fill(0);
  for (const slot of Object.values(slots)) uses[slot] = (uses[slot] ?? 0) + 1;
  for (const value of missing) {
    const least = Math.min(...uses);
    let slot = slotOf(value);
    while ((uses[slot] ?? 0) > least) slot = (slot + 1) % PALETTE.length;
    slots[value] = slot;
    uses[slot] = (uses[slot] ?? 0) + 1;
  }
  return slots;
}

const memory = new Map<string, Slots>();

function keyOf(dimension: string): string {
  return `bursar-colours:${dimension}`;
}

function recall(dimension: string): Slots {
  const found = memory.get(dimension);
  if (found) return found;
  let slots: Slots = Object.create(null);
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(dimension)) ?? "{}");
    for (const [value, slot] of Object.entries(kept ?? {})) {
      if (Number.isInteger(slot) && slot >= 0 && slot < PALETTE.length) slots[value] = slot;
    }
  } catch {
    slots = Object.create(null);
  }
  memory.set(dimension, slots);
  return slots;
}

/** Those of one chart, no two alike while the palette lasts: where two share a slot, the later gives way here. */
function apart(slots: Slots, values: readonly string[]): Slots {
  const shown = [...new Set(values)].filter((value) => !NOBODY.has(value)).slice(0, PALETTE.length);
  const own: Slots = Object.assign(Object.create(null), slots);
  const taken = new Set<number>();
  for (const value of shown) {
    let slot = own[value] ?? slotOf(value);
    while (taken.has(slot)) slot = (slot + 1) % PALETTE.length;
    own[value] = slot;
    taken.add(slot);
  }
  return own;
}

/** The colour of a series that stands for no single value, by its place. */
export function colourAt(place: number): string {
  return PALETTE[place % PALETTE.length] ?? REST_COLOUR;
}

/** The colours of the values of one dimension, for a chart: `colours("team", names)(name)`. */
export function colours(dimension: string, values: readonly string[]): (value: string) => string {
  const known = recall(dimension);
  const slots = assign(known, values);
  if (slots !== known && Object.keys(slots).length <= KEPT_LIMIT) {
    memory.set(dimension, slots);
    try {
      localStorage.setItem(keyOf(dimension), JSON.stringify(slots));
    } catch {
      // Storage may be forbidden; the colours then last as long as the page.
    }
  }
  const own = apart(slots, values);
  const fixed: Record<string, string> = Object.hasOwn(FIXED, dimension) ? (FIXED[dimension] ?? {}) : {};
  return (value) =>
    NOBODY.has(value)
      ? UNKNOWN_COLOUR
      : ((Object.hasOwn(fixed, value) ? fixed[value] : undefined) ??
        PALETTE[own[value] ?? slotOf(value)] ??
        REST_COLOUR);
}
