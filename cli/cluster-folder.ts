/** The folder of a cluster that the commands of `rtl cluster` work on. */
import { homedir } from "node:os";
import { join } from "node:path";
import { Flags } from "@oclif/core";

/** Where root keeps what is the machine's, and anybody else what is theirs. */
export function settingsFolder(): string {
  if (process.getuid?.() === 0) return "/etc/rtl";
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "rtl");
}

export const clusterDirFlag = {
  dir: Flags.string({
    description: "folder of the cluster; default: cluster in /etc/rtl or ~/.config/rtl",
    helpValue: "DIR",
    default: async () => join(settingsFolder(), "cluster"),
    defaultHelp: async () => undefined,
  }),
};

export const daysFlag = Flags.integer({
  description: "days for which certificates are good",
  default: 3_650,
  min: 1,
  max: 36_500,
});

/** Names of members, as the bus takes them. */
export async function checkedName(name: string): Promise<string> {
  const { checkedToken } = await import("../src/protocol/ids.ts");
  return checkedToken(name, "member");
}
