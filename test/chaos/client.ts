/**
 * A client as docs/reliability.md asks of it: it keeps a job until it has ended, and submits it again
 * under the same id for as long as no relay has answered. It repeats what was not answered and
 * nothing else; what is refused is refused.
 */
import type { JobHandle, Rtl } from "../../src/index.ts";
import { RtlError } from "../../src/protocol/errors.ts";
import { waitUntil } from "../support/wait-until.ts";
import type { ChaosJob } from "./jobs.ts";

const ANSWER_WITHIN_MS = 60_000;

/** Asks until a relay has answered. Throws what a relay answered with. */
export async function untilAnswered<T>(ask: () => Promise<T>, what: string): Promise<T> {
  let answer: { readonly value: T } | undefined;
  const answered = async () => {
    try {
      answer = { value: await ask() };
      return true;
    } catch (error) {
      if (error instanceof RtlError && error.code === "RTL_NO_RELAY") return false;
      throw error;
    }
  };
  await waitUntil(answered, `nobody answered: ${what}`, ANSWER_WITHIN_MS);
  if (answer === undefined) throw new Error("unanswered");
  return answer.value;
}

export const submitted = (
  rtl: Rtl,
  { id, document, input }: Pick<ChaosJob, "id" | "document" | "input">,
  group?: string,
): Promise<JobHandle> => {
  const options = { id, ...(input && { input }), ...(group !== undefined && { group }) };
  return untilAnswered(() => rtl.submit(document, options), `the submit of ${id}`);
};
