import type { Inbox } from './inbox/inbox.ts';
import type { Webhook } from './inbox/payload.ts';
import type { RecordedDecision } from './inbox/store.ts';

/** The places of the arrow, a folder each. */
export interface Places {
  readonly inbox: Pick<Inbox, 'take'>;
  readonly outbox: { wake(): void };
  readonly decisions: { publish(decision: RecordedDecision): void };
  readonly deadMan: { beat(mark: string | undefined): Promise<void> };
}

/** Receives what the alert that always fires is sent to: it proves that alerts can arrive, and asks for nothing. */
export const HEARTBEAT = 'heartbeat';

/** alerts -> inbox -> policy -> outbox -> actions: what is asked for is durable when this settles, and done soon after. */
export const createFlow =
  ({ inbox, outbox, decisions, deadMan }: Places) =>
  async (receiver: string, webhook: Webhook): Promise<void> => {
    if (receiver === HEARTBEAT) {
      for (const { status, annotations } of webhook.alerts)
        if (status === 'firing') await deadMan.beat(annotations.evaluated_at);
      return;
    }
    const received = inbox.take(receiver, webhook);
    for (const decision of received.decisions) decisions.publish(decision);
    if (received.tasks > 0) outbox.wake();
  };
