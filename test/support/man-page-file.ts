/** docs/rtl.1 from the commands; written by `node scripts/write-documents.mjs`, held by a tidy test. */
import { readFileSync } from "node:fs";
import { knownCommands, knownTopics } from "../../cli/known-commands.ts";
import { manPage } from "../../cli/render/man-page.ts";
import { projectPath } from "./project.ts";

export const manPageFile = projectPath("docs", "rtl.1");

export function manPageText(): string {
  const { version } = JSON.parse(readFileSync(projectPath("package.json"), "utf8")) as {
    version: string;
  };
  return manPage(version, knownCommands(), knownTopics());
}
