import { expect, test } from "vitest";
import { tokenOf } from "./signinform";

test.each([
  ["http://127.0.0.1:8080/sign-in#abc_DEF-1", "abc_DEF-1"],
  ["  abc_DEF-1\n", "abc_DEF-1"],
  ["", ""],
])("the token of %j is %j", (pasted, token) => {
  expect(tokenOf(pasted)).toBe(token);
});
