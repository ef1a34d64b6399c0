/** What the commands of `rtl cache` share. */
import { Flags } from "@oclif/core";

/** Parts of the cache that hold values by key; schemas are what clients store for their envelopes. */
export const bucketFlag = {
  bucket: Flags.option({
    description: "part of the cache",
    options: ["schemas", "jobs", "results", "answers", "inputs", "dead"] as const,
    default: "schemas" as const,
  })(),
};
