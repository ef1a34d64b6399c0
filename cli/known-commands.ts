/** The commands as the manifest of a build lists them, for pages and scripts that are made from them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface KnownFlag {
  readonly name: string;
  readonly char?: string;
  readonly description?: string;
  readonly helpGroup?: string;
  readonly helpValue?: string;
  readonly type: "boolean" | "option";
  readonly allowNo?: boolean;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly required?: boolean;
}

export interface KnownCommand {
  /** Its words: `job watch`. */
  readonly words: string;
  readonly summary: string;
  readonly description: string;
  readonly args: readonly { name: string; description?: string; required?: boolean }[];
  readonly flags: readonly KnownFlag[];
  readonly examples: readonly string[];
  /** More arguments than those named may follow. */
  readonly isOpen: boolean;
}

interface Manifest {
  readonly version: string;
  readonly commands: Readonly<Record<string, ManifestCommand>>;
}

interface ManifestCommand {
  readonly id: string;
  readonly summary?: string;
  readonly description?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly args?: Readonly<Record<string, KnownCommand["args"][number]>>;
  readonly flags?: Readonly<Record<string, KnownFlag>>;
  readonly examples?: readonly string[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const readJson = (file: string): unknown => JSON.parse(readFileSync(`${root}/${file}`, "utf8"));

/** All that is shown to people, by their words. */
export function knownCommands(): readonly KnownCommand[] {
  const { commands } = readJson("oclif.manifest.json") as Manifest;
  return Object.values(commands)
    .filter(({ hidden }) => !hidden)
    .map(
      ({ id, summary = "", description = "", args = {}, flags = {}, examples = [], strict }) => ({
        words: id.replaceAll(":", " "),
        summary,
        description,
        args: Object.values(args),
        flags: Object.values(flags),
        examples: examples.map((text) => text.replaceAll("<%= config.bin %>", "rtl")),
        isOpen: strict === false,
      }),
    )
    .sort((a, b) => (a.words < b.words ? -1 : 1));
}

/** What a group of commands is for, by its first word. */
export function knownTopics(): Readonly<Record<string, string>> {
  const { oclif } = readJson("package.json") as {
    oclif: { topics: Record<string, { description: string }> };
  };
  return Object.fromEntries(
    Object.entries(oclif.topics).map(([name, { description }]) => [name, description]),
  );
}
