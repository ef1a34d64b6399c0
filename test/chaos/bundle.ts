/** The tasks of the bundle, as a tasknode loads them and as relays hear of them. */
import { fileURLToPath } from "node:url";
import { pack, unpack } from "../../src/protocol/codec.ts";
import type { TaskDescription } from "../../src/protocol/messages.ts";
import type { TaskLibrary } from "../../src/task/library.ts";
import { loadLibrary } from "../../src/task/load-library.ts";

const folder = fileURLToPath(new URL("../../tasks", import.meta.url));

export const bundleLibrary = async (): Promise<TaskLibrary> =>
  (await loadLibrary([folder])).library;

/** As they arrive in a beat. */
export const describeBundle = async (): Promise<readonly TaskDescription[]> =>
  unpack(pack((await bundleLibrary()).describe())) as TaskDescription[];
