/** Data of any shape as one line to read: no quotes, no braces, names with spaces. */

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inner(value: unknown): string {
  return isRecord(value) ? `(${plain(value)})` : plain(value);
}

/** "amount: 10; scope: (team: search)"; lists by commas; true and false as yes and no. */
export function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map(inner).join(", ") : "none";
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name.replaceAll("_", " ")}: ${inner(each)}`)
    .join("; ");
}
