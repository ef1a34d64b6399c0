/**
 * The settings that `rtl cluster join` left for the commands of this user or this machine: where the
 * servers are, and with what to identify. Services are given the same file by systemd.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment } from "./setting.ts";

/** Where such a file may be; the first that says something counts. */
export function settingsFiles(environment: Environment): readonly string[] {
  const own = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return [join(own, "rtl", "rtl.env"), "/etc/rtl/rtl.env"];
}

export interface SettingsFile {
  readonly file: string;
  readonly values: Environment;
}

/** The first of these files that names a server; one that may not be read is passed by. */
export function findSettings(environment: Environment): SettingsFile | undefined {
  for (const file of settingsFiles(environment)) {
    const values = read(file);
    if (values?.["NATS_URL"]) return { file, values };
  }
  return undefined;
}

function read(file: string): Environment | undefined {
  try {
    return parseEnv(readFileSync(file, "utf8")) as Environment;
  } catch {
    return undefined;
  }
}
