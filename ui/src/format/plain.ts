/** Data of any shape as one line to read: no quotes, no braces, names with spaces. */

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isNothing);
}

function inner(value: unknown, text: Text): string {
  return isRecord(value) ? `(${plain(value, text)})` : plain(value, text);
}

/** How a text is written: instants by the clocks of a zone, for instance. */
type Text = (value: string) => string;

const NOTHING = "none";

/** "amount: 10; scope: (team: search)"; lists by commas; true and false as yes and no; without members that hold nothing. */
export function plain(value: unknown, text: Text = String): string {
  if (isNothing(value)) return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((each) => inner(each, text)).join(", ");
  if (!isRecord(value)) return typeof value === "string" ? text(value) : String(value);
  return Object.entries(value)
    .filter(([, each]) => !isNothing(each))
    .map(([name, each]) => `${name.replaceAll("_", " ")}: ${inner(each, text)}`)
    .join("; ");
}
