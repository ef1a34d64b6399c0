/** Whether a run went as it must, in words; nothing when it did. */
import { isDeepStrictEqual } from "node:util";
import type { Story } from "./run.ts";

export function faultsOf(story: Story, isPause: boolean): readonly string[] {
  const faults: string[] = [];
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) faults.push(otherwise);
  };
  const { setup, record, ends, groupEnds, numbers, executions, settledAt, blocks } = story;
  must(!story.stuck, "the job never ended");
  must(record?.state === setup.ends, `it ended as ${record?.state}, not ${setup.ends}`);
  // A relay that stood still between keeping the end and telling of it tells what another told.
  const tellings = isPause ? ends.slice(0, 1) : ends;
  must(tellings.length === 1, `its end was told ${ends.length} times`);
  must(
    ends.every(({ state }) => state === setup.ends),
    `what was told is ${ends.map(({ state }) => state).join(", ")}`,
  );
  // One that died between the two messages has told the group, and nobody else.
  const inGroup = groupEnds.length;
  must(inGroup >= 1 && inGroup <= 2, `the group of results has heard of its end ${inGroup} times`);
  if (setup.ends === "completed") {
    must(numbers !== undefined, "its result is lost");
    must(numbers === undefined || isDeepStrictEqual(numbers, setup.numbers), "its result is wrong");
  } else {
    must(numbers === undefined, "there is a result of a job that did not complete");
  }
  must(story.redone.length === 0, `done again, though held: ${story.redone.join(" ")}`);
  const late = executions.filter(({ takenAt }) => settledAt !== undefined && takenAt > settledAt);
  must(late.length === 0, `ran after the end: ${late.map(({ piece }) => piece).join(" ")}`);
  const { held, ofResult } = blocks;
  const kept = setup.ends === "completed" ? ofResult : 0;
  must(held === kept, `${held} blocks are held, ${kept} are of its result`);
  must(story.inputsKept === 0, `${story.inputsKept} parts of its input are still in the store`);
  for (const [index, node] of story.nodes.entries()) {
    const { threads } = story;
    const whole = { held: 0, free: threads, work: threads, workAhead: threads };
    must(isDeepStrictEqual(node, whole), `node ${index + 1} is left as ${JSON.stringify(node)}`);
  }
  return faults;
}
