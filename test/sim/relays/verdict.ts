/** Whether a run went as it must, in words; nothing when it did. */
import { isDeepStrictEqual } from "node:util";
import type { Story } from "./run.ts";

export function faultsOf(story: Story): readonly string[] {
  const faults: string[] = [];
  const { blows, nodeDiesAtMs } = story.fate;
  const isPause = blows.some(({ how }) => how === "pause");
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) faults.push(otherwise);
  };
  const { setup, record, ends, groupEnds, numbers, executions, settledAt, blocks } = story;
  must(!story.stuck, "the job never ended");
  const state = record?.state;
  // A cancel that a relay has not taken in before it stood still comes too late.
  const isTooLate = isPause && setup.ends === "cancelled" && state === "completed";
  must(state === setup.ends || isTooLate, `it ended as ${state}, not ${setup.ends}`);
  const code = setup.ends === "failed" ? "RTL_TASK_FAILED" : undefined;
  must(record?.failure?.code === code, `it failed for ${record?.failure?.code}`);
  // A relay that stood still between keeping the end and telling of it tells what another told.
  const tellings = isPause ? ends.slice(0, 1) : ends;
  must(tellings.length === 1, `its end was told ${ends.length} times`);
  must(
    ends.every((end) => end.state === state),
    `what was told is ${ends.map((end) => end.state).join(", ")}`,
  );
  // One that died between the two messages has told the group, and nobody else.
  const inGroup = groupEnds.length;
  must(inGroup >= 1 && inGroup <= 1 + blows.length, `the group of results has heard of its end ${inGroup} times`);
  if (state === "completed") {
    must(numbers !== undefined, "its result is lost");
    must(numbers === undefined || isDeepStrictEqual(numbers, setup.numbers), "its result is wrong");
  } else {
    must(numbers === undefined, "there is a result of a job that did not complete");
  }
  // What a node that died had made is made again, and with it what others had let go by then.
  const mayRedo = nodeDiesAtMs !== undefined;
  must(mayRedo || story.redone.length === 0, `done again, though held: ${story.redone.join(" ")}`);
  const late = executions.filter(({ takenAt }) => settledAt !== undefined && takenAt > settledAt);
  must(late.length === 0, `ran after the end: ${late.map(({ piece }) => piece).join(" ")}`);
  const { held, ofResult } = blocks;
  const kept = state === "completed" ? ofResult : 0;
  must(held === kept, `${held} blocks are held, ${kept} are of its result`);
  must(story.inputsKept === 0, `${story.inputsKept} parts of its input are still in the store`);
  for (const [index, node] of story.nodes.entries()) {
    const { threads } = story;
    const whole = { held: 0, free: threads, work: threads, workAhead: threads };
    must(isDeepStrictEqual(node, whole), `node ${index + 1} is left as ${JSON.stringify(node)}`);
  }
  return faults;
}
