import { expect, test } from "vitest";
import { plain } from "./plain";

test("data is a line to read, whatever its shape", () => {
  expect(plain({ cost_usd: "1.5", scope: { team: ["a", "b"] }, on: true, off: false })).toBe(
    "cost usd: 1.5; scope: (team: a, b); on: yes; off: no",
  );
  expect(plain({ steps: [{ do: "notify" }, { do: "stop" }], none: [], nobody: null, empty: {} })).toBe(
    "steps: (do: notify), (do: stop)",
  );
  expect(plain([])).toBe("none");
  expect(plain({})).toBe("none");
  expect(plain({ on_exhausted: "none", zero: 0 })).toBe("on exhausted: none; zero: 0");
  expect(plain("<script>")).toBe("<script>");
  expect(plain(0)).toBe("0");
  expect(plain({ at: ["a", { until: "b" }] }, (text) => text.toUpperCase())).toBe("at: A, (until: B)");
});
