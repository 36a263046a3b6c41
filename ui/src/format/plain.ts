/** Data of any shape as one line to read: no quotes, no braces, names with spaces. */

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isNothing);
}

function inner(value: unknown): string {
  return isRecord(value) ? `(${plain(value)})` : plain(value);
}

const NOTHING = "none";

/** "amount: 10; scope: (team: search)"; lists by commas; true and false as yes and no; without members that hold nothing. */
export function plain(value: unknown): string {
  if (isNothing(value)) return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(inner).join(", ");
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .filter(([, each]) => !isNothing(each))
    .map(([name, each]) => `${name.replaceAll("_", " ")}: ${inner(each)}`)
    .join("; ");
}
