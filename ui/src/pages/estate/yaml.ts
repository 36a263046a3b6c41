/** A document as YAML: the part of it that documents of the estate need. */

const PLAIN = /^[A-Za-z_./@][A-Za-z0-9_./@ +*?-]*$/;
const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "~"]);

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const isPlain = PLAIN.test(value) && !value.endsWith(" ") && !WORDS.has(value.toLowerCase());
  return isPlain ? value : JSON.stringify(value);
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((each) => {
      if (!isBranch(each)) return [`${indent}- ${scalar(each)}`];
      const [first = "", ...rest] = lines(each, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  return Object.entries(value as object).flatMap(([name, each]) => {
    const key = scalar(name);
    return isBranch(each)
      ? [`${indent}${key}:`, ...lines(each, `${indent}  `)]
      : [`${indent}${key}: ${scalar(each)}`];
  });
}

/** YAML text of a document; texts that could be read as something else are quoted. */
export function yaml(document: Record<string, unknown>): string {
  return `${lines(document, "").join("\n")}\n`;
}
