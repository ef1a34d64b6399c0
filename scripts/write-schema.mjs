// Writes docs/job.schema.json from the built schema; a test fails while the two differ.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jobSpecJsonSchema } from "../dist/src/protocol/job-spec.js";

const folder = fileURLToPath(new URL("../docs", import.meta.url));
mkdirSync(folder, { recursive: true });
const file = `${folder}/job.schema.json`;
writeFileSync(file, JSON.stringify(jobSpecJsonSchema(), null, 2));
spawnSync("npx", ["biome", "format", "--write", file], { stdio: "inherit" });
