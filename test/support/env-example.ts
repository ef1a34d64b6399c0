/**
 * deploy/rtl.env.example from the settings: every variable with its default, commented out. It is written by
 * `node scripts/write-documents.mjs`; a tidy test fails when it and the settings differ.
 */
import { configKeys } from "../../src/host/config.ts";
import { projectPath } from "./project.ts";

export const envExample = projectPath("deploy", "rtl.env.example");

const head = `# Settings of the services of rtl on this machine: copy it to /etc/rtl/rtl.env, and take the # away where
# something is to be other than its default. Every variable is in docs/configuration.md.
`;
/** Set for one process by whoever starts it, not for a machine. */
const notHere = new Set(["RTL_PARENT_PID", "DEBUG"]);

export function envExampleText(): string {
  const settings = configKeys()
    .filter(({ key }) => !notHere.has(key))
    .map(({ key, meaning, default: fallback, example }) => {
      // A default that is a sentence cannot be a value.
      const isValue = /^[^\s]+$/.test(fallback) && fallback !== "none";
      const said = fallback === "" || isValue ? "" : ` Default: ${fallback}.`;
      return `# ${meaning}${said}\n#${key}=${isValue ? fallback : example}\n`;
    });
  return [head, ...settings].join("\n");
}
