/**
 * On which subjects a client speaks: on anybody's, or, where the bus knows its members, on its own, which
 * the server lets nobody else use. It asks nobody; who goes a way that is not its own is refused by the server.
 */
import type { Tokens } from "../bus/bus.ts";
import type { Member } from "../host/nats-credentials.ts";
import { routes } from "../protocol/routes.ts";

export interface Ways {
  readonly tokens: Tokens;
  readonly submit: typeof routes.jobSubmit | typeof routes.userSubmit;
  readonly cancel: typeof routes.jobCancelRequest | typeof routes.userCancel;
  /** Whether it may speak to nodes, and on the subjects of any job, without a relay between. */
  readonly direct: boolean;
}

export function waysOf(member: Member | undefined): Ways {
  const direct = member === undefined || member.role === "admin";
  return {
    tokens: member === undefined ? {} : { user: member.name },
    submit: member === undefined ? routes.jobSubmit : routes.userSubmit,
    cancel: direct ? routes.jobCancelRequest : routes.userCancel,
    direct,
  };
}
