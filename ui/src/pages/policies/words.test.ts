import { describe, expect, test } from "vitest";
import { allowedOf, callsOf, effectOf, either, needsOf, validOf } from "./words";

describe("a policy in words", () => {
  test("names the calls by all that is written", () => {
    expect(callsOf({})).toBe("all calls");
    expect(callsOf(undefined)).toBe("all calls");
    expect(callsOf({ team: ["a", "b", "c"], model: "gpt-5*", tags: { data: "secret" } })).toBe(
      "team a, b or c; model gpt-5*; tag data secret",
    );
    expect(callsOf({ output_tokens_over: 1500, budget: { name: "lab", used_over: 80 } })).toBe(
      "more than 1,500 tokens of answer asked for; budget lab used over 80 %",
    );
    expect(callsOf({ hours: { from: "22:00", timezone: "Europe/Berlin", weekdays: ["sat", "sun"] } })).toBe(
      "sat or sun, from 22:00 to 24:00 Europe/Berlin",
    );
    expect(callsOf({ use_case: "x" }, "call.bytes > 3")).toBe("use case x; where call.bytes > 3");
  });

  test("says what becomes of them, whichever way it is written", () => {
    expect(effectOf("deny")).toBe("are refused");
    expect(effectOf({ type: "deny" })).toBe("are refused");
    expect(effectOf({ type: "require_approval", approvers: ["ann", "bob"] })).toBe(
      "wait for a yes of ann or then bob",
    );
    expect(effectOf("require_approval")).toBe("wait for a yes of the owner");
    expect(effectOf({ type: "clamp", output_tokens_max: 4000 })).toBe("get answers of at most 4,000 tokens");
    expect(effectOf({ type: "shadow", would: { type: "reroute", to: "small" } })).toBe(
      "pass; tried out is that they are answered by small",
    );
    expect(effectOf({ type: "of a later version" })).toBe("of a later version");
  });

  test("a tier says who may, and what a call needs", () => {
    expect(allowedOf({})).toBe("everybody");
    expect(allowedOf({ allowed: [{ team: "a" }, {}] })).toBe("everybody");
    expect(allowedOf({ allowed: [{ team: ["a", "b"] }, { environment: "experiment" }] })).toBe(
      "team a or b, or environment experiment",
    );
    expect(needsOf({})).toBe("");
    expect(needsOf({ data_classes: "public", regions: "eu-*", needs_approval: true, approvers: "eve" })).toBe(
      "data public; region eu-*; a yes of eve",
    );
    expect(validOf({ valid_to: "2027-01-01" })).toBe("until 2027-01-01");
    expect(validOf({ valid_from: "2026-12-01T00:00:00Z", valid_to: "2027-01-30T12:00:00Z" })).toBe(
      "from 2026-12-01 until 2027-01-30T12:00:00Z",
    );
    expect(either([])).toBe("");
  });
});
