import { test } from "node:test";
import bandPass from "../../../tasks/band-pass.ts";
import { checkFilterLaws, checkFilterRefusals } from "../../support/filter-laws.ts";
import { checkSignalCases, signalCases } from "../../support/signal-vectors.ts";

test("results are scipy's to 1e-11 of the largest value, both ways and forwards", async () => {
  await checkSignalCases(bandPass, signalCases("filters", "bandPass"), 1e-11);
});

test("it is linear and, both ways, keeps no direction of time", async (t) => {
  await checkFilterLaws(t, bandPass);
});

test("frequencies that the rate cannot hold, and too few rows, are refused by name", async () => {
  await checkFilterRefusals(bandPass);
});
