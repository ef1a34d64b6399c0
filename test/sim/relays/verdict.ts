/** Whether a run went as it must, in words; nothing when it did. */
import { isDeepStrictEqual } from "node:util";
import type { FaultKind } from "../fault.ts";
import type { Story } from "./run.ts";

export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
}

export function faultsOf(story: Story): readonly Fault[] {
  const faults: Fault[] = [];
  const must = (holds: boolean, kind: FaultKind, message: string) => {
    if (!holds) faults.push({ kind, message });
  };
  const { blows, nodeDiesAtMs } = story.fate;
  const isPause = blows.some(({ how }) => how === "pause");
  const { setup, record, ends, groupEnds, numbers, executions, settledAt, blocks } = story;
  must(!story.stuck, "stuck", "the job never ended");
  const state = record?.state;
  // A cancel that a relay has not taken in before it stood still comes too late.
  const isTooLate = isPause && setup.ends === "cancelled" && state === "completed";
  must(state === setup.ends || isTooLate, "wrong", `it ended as ${state}, not ${setup.ends}`);
  const why = state === "cancelled" ? "enough" : undefined;
  must(record?.cancelled?.reason === why, "wrong", `cancelled for "${record?.cancelled?.reason}"`);
  const { struck } = story;
  const { takeovers = 0 } = record ?? {};
  must(takeovers <= struck, "doubled", `taken over ${takeovers} times for ${struck} relays`);
  const code = setup.ends === "failed" ? "RTL_TASK_FAILED" : undefined;
  must(record?.failure?.code === code, "wrong", `it failed for ${record?.failure?.code}`);
  // A relay that stood still between keeping the end and telling of it tells what another told.
  const tellings = isPause ? ends.slice(0, 1) : ends;
  must(tellings.length > 0, "lost", "nobody was told of its end");
  must(tellings.length < 2, "doubled", `its end was told ${ends.length} times`);
  const isSame = ends.every((end) => end.state === state);
  must(isSame, "wrong", `what was told is ${ends.map((end) => end.state).join(", ")}`);
  // One that died between the two messages has told the group, and nobody else.
  const inGroup = groupEnds.length;
  must(inGroup > 0, "lost", "the group of results has not heard of its end");
  must(inGroup <= 1 + blows.length, "doubled", `the group of results was told ${inGroup} times`);
  if (state === "completed") {
    must(numbers !== undefined, "lost", "its result is gone");
    const isRight = numbers === undefined || isDeepStrictEqual(numbers, setup.numbers);
    must(isRight, "wrong", "its result is wrong");
  } else {
    must(numbers === undefined, "phantom", "there is a result of a job that did not complete");
  }
  // What a node that died had made is made again, and with it what others had let go by then.
  const mayRedo = nodeDiesAtMs !== undefined;
  const again = story.redone.join(" ");
  must(mayRedo || again === "", "doubled", `done again, though held: ${again}`);
  const late = executions.filter(({ takenAt }) => settledAt !== undefined && takenAt > settledAt);
  must(
    late.length === 0,
    "phantom",
    `ran after the end: ${late.map(({ piece }) => piece).join(" ")}`,
  );
  const { held, ofResult } = blocks;
  const kept = state === "completed" ? ofResult : 0;
  must(held === kept, "phantom", `${held} blocks are held, ${kept} are of its result`);
  const { inputsKept, threads } = story;
  must(inputsKept === 0, "phantom", `${inputsKept} parts of its input are still in the store`);
  for (const [index, node] of story.nodes.entries()) {
    const whole = { held: 0, free: threads, work: threads, workAhead: threads };
    const isWhole = isDeepStrictEqual(node, whole);
    must(isWhole, "lost", `slots of node ${index + 1}: ${JSON.stringify(node)}`);
  }
  return faults;
}
