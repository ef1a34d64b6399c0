/** Called by oclif for words that are no command. */
import type { Hook } from "@oclif/core";
import { reportUnknownCommand } from "../unknown-command.ts";

const hook: Hook.CommandNotFound = async ({ id, config, argv = [] }) => {
  reportUnknownCommand(id.split(":"), config, argv.includes("--json"));
};

export default hook;
