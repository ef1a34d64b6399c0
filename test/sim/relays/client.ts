/**
 * A simulated client: hands a job in until a relay has taken it, as the dispatcher does, may cancel it,
 * and hears what becomes of it.
 */
import { BlockStore } from "../../../src/blocks/blocks.ts";
import { Bus } from "../../../src/bus/bus.ts";
import type { Log } from "../../../src/host/log.ts";
import type { JobDone, Result, Submit } from "../../../src/protocol/messages.ts";
import { routes } from "../../../src/protocol/routes.ts";
import { decodeTable } from "../../../src/table/ipc.ts";
import { sliceRows } from "../../../src/table/table.ts";
import type { SimConnection } from "./connection.ts";
import { numbersOf } from "./tasks.ts";

const againMs = 1_000;

export class SimClient {
  readonly #bus: Bus;
  readonly #blocks: BlockStore;
  readonly #connection: SimConnection;
  /** Last events, as they came on the jobs' own subjects. */
  readonly ends: JobDone[] = [];
  /** And as they came to the group of results. */
  readonly groupEnds: JobDone[] = [];

  constructor(name: string, connection: SimConnection, log: Log) {
    this.#connection = connection;
    const bus = new Bus(name, connection.asNats(), log, connection.pace);
    this.#bus = bus;
    this.#blocks = new BlockStore(bus, connection.clock);
    bus.subscribe(routes.jobEvent, { job: "*" }, (event) => {
      if (event.type === "job.done") this.ends.push(event);
    });
    bus.subscribe(routes.groupResult, { group: "watchers" }, (event) => {
      if (event.type === "job.done") this.groupEnds.push(event);
    });
  }

  /** Keeps a block of the client's own, as an input. */
  keep(job: string, bytes: Uint8Array) {
    return this.#blocks.put(job, bytes);
  }

  submit(submit: Submit): void {
    const ask = (reply: string) => this.#bus.publish(routes.jobSubmit, {}, submit, { reply });
    this.#askUntilAnswered(ask);
  }

  cancel(job: string): void {
    const cancel = { id: job, by: "a client", reason: "enough" };
    this.#askUntilAnswered((reply) =>
      this.#bus.publish(routes.jobCancelRequest, {}, cancel, { reply }),
    );
  }

  #askUntilAnswered(ask: (reply: string) => void): void {
    let answered = false;
    const reply = this.#bus.openReply((answer) => {
      if (answer !== undefined) answered = true;
    });
    const turn = () => {
      if (answered) return reply.close();
      ask(reply.subject);
      this.#connection.wait(againMs, turn);
    };
    turn();
  }

  /** The numbers that a result comes to. */
  async numbersIn({ tables, slices }: Result): Promise<Float64Array> {
    const parts: Float64Array[] = [];
    for (const [place, start, end] of slices) {
      const table = tables[place];
      if (table === undefined || "json" in table) throw new Error("a result without its table");
      const bytes = "inline" in table ? table.inline : await this.#blocks.read(table);
      parts.push(numbersOf(sliceRows(decodeTable(bytes), start, end)));
    }
    return Float64Array.from(parts.flatMap((part) => [...part]));
  }
}
