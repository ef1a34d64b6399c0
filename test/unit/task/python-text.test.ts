import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonFloat } from "../../../src/task/python-text.ts";

test("floats are printed as python prints them", () => {
  const printed: [number, string][] = [
    [11, "11.0"],
    [-0, "-0.0"],
    [0.1 + 0.2, "0.30000000000000004"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-1.5e-7, "-1.5e-07"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.25e100, "1.25e+100"],
    [5e-324, "5e-324"],
    [Number.NaN, "nan"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of printed) assert.equal(pythonFloat(value), text);
});
