import { expect, test } from "vitest";
import { yaml } from "./yaml";

test("texts that could be read as something else are quoted, branches are indented", () => {
  expect(
    yaml({
      kind: "budget",
      name: "lab",
      amount: "250",
      flag: true,
      on: "no",
      empty: {},
      scope: { team: ["a", "<script>"], "key:x": "1: 2" },
      thresholds: [{ at: 80, steps: [{ do: "notify" }] }],
    }),
  ).toBe(
    [
      "kind: budget",
      "name: lab",
      'amount: "250"',
      "flag: true",
      '"on": "no"',
      "empty: {}",
      "scope:",
      "  team:",
      "    - a",
      '    - "<script>"',
      '  "key:x": "1: 2"',
      "thresholds:",
      "  - at: 80",
      "    steps:",
      "      - do: notify",
      "",
    ].join("\n"),
  );
});
