/** What `rtl node drain` and `rtl node resume` share: telling one node, and what follows if it is not there. */
import type { Rtl } from "../src/index.ts";
import { RtlError } from "../src/protocol/errors.ts";
import { nearest } from "../src/protocol/nearest.ts";

/** Tells the node; how many orders it still has. RTL_FILE_MISSING where none has this name. */
export async function tellNode(client: Rtl, name: string, drain: boolean): Promise<number> {
  const { nodes } = await client.nodes();
  const known = nodes.find(({ node }) => node === name);
  if (known !== undefined) return await client.drainNode(name, drain);
  const near = nearest(
    name,
    nodes.map(({ node }) => node),
  );
  const fix = near === undefined ? "list them with: rtl node ls" : `did you mean "${near}"?`;
  throw new RtlError("RTL_FILE_MISSING", `no node is named "${name}"`, { fix });
}
