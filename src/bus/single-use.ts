/**
 * Subscriptions for one message: free slots. It keeps their bound when the connection is made anew,
 * and spares the server what it knows already. It looks at no message.
 */
import { Events, type NatsConnection, type Subscription } from "nats";

export class SingleUse {
  readonly #connection: NatsConnection;
  readonly #open = new Set<Subscription>();

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    void this.#boundAnew();
  }

  /** The server was asked for one message. */
  opened(subscription: Subscription): void {
    this.#open.add(subscription);
  }

  /** Its message has come, and it is over. */
  used(subscription: Subscription): void {
    if (this.#open.delete(subscription)) endQuietly(this.#connection, subscription);
  }

  /** It was withdrawn. */
  forget(subscription: Subscription): void {
    this.#open.delete(subscription);
  }

  /**
   * After a lost connection the client subscribes again, but without the bound: a server would then
   * deal any number of orders to one slot, and all but the first would find nobody.
   */
  async #boundAnew(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type !== Events.Reconnect) continue;
      for (const subscription of this.#open) subscription.unsubscribe(1);
    }
  }
}

/**
 * The server ends such a subscription by itself. The client would tell it once more, in a write of its
 * own for each piece of work; its list is reached around its types, and where it looks different from
 * what is expected here, the client has its way.
 */
function endQuietly(connection: NatsConnection, subscription: Subscription): void {
  const { protocol } = connection as unknown as {
    readonly protocol?: { readonly subscriptions?: { cancel?(subscription: Subscription): void } };
  };
  const list = protocol?.subscriptions;
  if (typeof list?.cancel !== "function") return;
  Object.assign(subscription, { max: undefined });
  list.cancel(subscription);
}
