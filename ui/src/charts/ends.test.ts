import { expect, test } from "vitest";
import { endsApart } from "./ends";

test("of lines that end close to each other the first is named", () => {
  const lines = [
    [10, 100],
    [20, 97],
    [5, 50],
    [0, 0],
    [1, 0],
  ];
  expect(endsApart(lines)).toEqual([true, false, true, true, false]);
});

test("a line ends where it has its last value, and one without values is not named", () => {
  expect(
    endsApart([
      [100, null],
      [0, 20],
      [null, null],
    ]),
  ).toEqual([true, true, false]);
  expect(endsApart([])).toEqual([]);
});
