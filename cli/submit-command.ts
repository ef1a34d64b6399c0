/**
 * What the commands share that hand in a job and go, or stay with it on request: the new id is all that
 * goes to the standard output. How the job came about is the command's own affair.
 */
import type { JobHandle } from "../src/index.ts";
import { attend } from "./attend.ts";
import { BusCommand } from "./bus-command.ts";
import { createProgress } from "./progress.ts";
import { eventJson } from "./render/event.ts";

export interface WaitFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly timeout?: number | undefined;
}

export abstract class SubmitCommand extends BusCommand {
  protected announce({ id, created }: Pick<JobHandle, "id" | "created">, json: boolean): void {
    if (json) this.dataJsonLine({ id, created });
    else this.data(id);
    if (created === false) this.note(`job ${id} had been accepted before`);
    else if (process.stderr.isTTY) this.note(`follow it: rtl job watch ${id}`);
  }

  /** Stays until the job settles; the command then ends with the job's exit code. */
  protected async submitAndWait(submit: () => Promise<JobHandle>, flags: WaitFlags): Promise<void> {
    const find = async () => {
      const handle = await submit();
      this.announce(handle, flags.json);
      return handle;
    };
    const { done, exit } = await attend(find, {
      progress: createProgress(flags),
      interrupt: "detach",
      timeoutMs: flags.timeout,
      onEvent: (event) => {
        if (flags.json) this.dataJsonLine(eventJson(event));
      },
    });
    if (done) await this.endWith(done, exit);
  }
}
