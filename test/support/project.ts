/** Where the project is, seen from a compiled test. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A path below the project's folder. */
export const projectPath = (...parts: string[]): string =>
  join(fileURLToPath(new URL("../../..", import.meta.url)), ...parts);
