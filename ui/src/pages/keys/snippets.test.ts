import { expect, test } from "vitest";
import { snippets } from "./snippets";

test("every way has the secret and an address without a doubled path", () => {
  for (const gateway of ["http://h:4000", "http://h:4000/v1", "http://h:4000/v1/", "http://h:4000/"]) {
    for (const { code } of snippets(gateway, "bsk_x")) {
      expect(code).toContain("bsk_x");
      expect(code).toContain("http://h:4000");
      expect(code).not.toMatch(/v1\/v1|4000\/\//);
    }
  }
});
