/** What policies and tiers say, in words: which calls, and what becomes of them. */

import { count } from "~/format/format";

export type Document = Record<string, unknown>;

const DIMENSIONS = ["team", "product", "use_case", "environment", "model", "provider", "tier", "key"];
const FACTS = ["region", "data_class"];
const LONGER: Record<string, string> = {
  input_tokens_over: "tokens of input",
  output_tokens_over: "tokens of answer asked for",
  bytes_over: "bytes",
};

/** "a", "a or b", "a, b or c". */
export function either(values: unknown, word = "or"): string {
  const all = listed(values);
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} ${word} ${all.at(-1)}`;
}

function listed(values: unknown): string[] {
  const all = Array.isArray(values) ? values : [values];
  return all.filter((each) => each != null && each !== "").map(String);
}

export function part(value: unknown): Document {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Document) : {};
}

function hours({ from = "00:00", to = "24:00", timezone = "UTC", weekdays }: Document): string {
  const days = listed(weekdays);
  return `${days.length ? `${either(days)}, ` : ""}from ${from} to ${to} ${timezone}`;
}

/** The calls that a scope or a match names; "all calls" of an empty one. */
export function callsOf(scope: unknown, when: unknown = ""): string {
  const match = part(scope);
  const said = [...DIMENSIONS, ...FACTS]
    .filter((name) => listed(match[name]).length)
    .map((name) => `${name.replace("_", " ")} ${either(match[name])}`);
  for (const [name, values] of Object.entries(part(match.tags))) said.push(`tag ${name} ${either(values)}`);
  for (const [name, unit] of Object.entries(LONGER))
    if (match[name]) said.push(`more than ${count(Number(match[name]))} ${unit}`);
  if (match.hours) said.push(hours(part(match.hours)));
  const budget = part(match.budget);
  if (budget.name) said.push(`budget ${budget.name} used over ${budget.used_over} %`);
  if (when) said.push(`where ${when}`);
  return said.join("; ") || "all calls";
}

/** The effect's own name, of a shadow too: "deny", "reroute", ... */
export function effectName(effect: unknown): string {
  return typeof effect === "string" ? effect : String(part(effect).type ?? "");
}

/** What becomes of the calls. */
export function effectOf(effect: unknown): string {
  const { type, to, output_tokens_max, tags, approvers, message, would } = {
    ...part(effect),
    type: effectName(effect),
  } as Document;
  switch (type) {
    case "allow":
      return "pass, whatever wider rules say";
    case "deny":
      return "are refused";
    case "reroute":
      return `are answered by ${to}`;
    case "clamp":
      return `get answers of at most ${count(Number(output_tokens_max))} tokens`;
    case "require_tags":
      return `need the tags ${either(tags, "and")}`;
    case "require_approval":
      return `wait for a yes of ${either(approvers, "or then") || "the owner"}`;
    case "warn":
      return `pass with a word: ${message || "the reason"}`;
    case "shadow":
      return `pass; tried out is that they ${effectOf(would)}`;
    default:
      return String(type);
  }
}

/** Who may use the models of a tier. */
export function allowedOf({ allowed }: Document): string {
  const scopes = (Array.isArray(allowed) ? allowed : [allowed]).map((scope) => callsOf(scope));
  return scopes.includes("all calls") ? "everybody" : scopes.join(", or ");
}

/** What a call to a tier's models needs beside a caller who may. */
export function needsOf(tier: Document): string {
  const said = [];
  if (listed(tier.data_classes).length) said.push(`data ${either(tier.data_classes)}`);
  if (listed(tier.providers).length) said.push(`provider ${either(tier.providers)}`);
  if (listed(tier.regions).length) said.push(`region ${either(tier.regions)}`);
  if (tier.needs_training) said.push(`training ${tier.needs_training}`);
  if (tier.needs_approval) said.push(`a yes of ${either(tier.approvers, "or then") || "the owner"}`);
  return said.join("; ");
}

/** A day as it is written in documents; an instant where it is not midnight. */
export function dayOf(at: unknown): string {
  return String(at).replace(/T00:00(:00(\.0+)?)?(Z|\+00:00)$/, "");
}

/** "from 2027-01-01", "until 2027-02-01", both, or nothing. */
export function validOf({ valid_from, valid_to }: Document): string {
  return [valid_from && `from ${dayOf(valid_from)}`, valid_to && `until ${dayOf(valid_to)}`]
    .filter(Boolean)
    .join(" ");
}
