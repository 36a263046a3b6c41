import { describe, expect, test } from "vitest";
import { ProblemError } from "~/api/problem";
import { faultsOf } from "./form";

describe("what a form shows of a problem", () => {
  const problem = new ProblemError(400, {
    code: "invalid_input",
    detail: "two things are wrong",
    errors: [
      { loc: ["body", "amount"], msg: "must be above 0" },
      { loc: ["body", "scope", "team"], msg: "is not known" },
    ],
  });

  test("faults go to their fields, others above the buttons", () => {
    expect(faultsOf(problem, ["amount"])).toEqual({
      fields: { amount: "must be above 0" },
      rest: "scope.team: is not known",
    });
  });

  test("a problem without fields is told as a whole", () => {
    const whole = new ProblemError(409, { code: "conflict", detail: "somebody was faster" });
    expect(faultsOf(whole, ["amount"])).toEqual({ fields: {}, rest: "somebody was faster" });
  });
});
