import type { Logger } from '../../../core/telemetry/log.ts';
import type { ActionState } from '../action.ts';
import type { Note } from '../notifier/notifier.ts';
import type { Told } from './incident.ts';
import { type Sent, withinHour } from './rate.ts';

/** What is known of one recipient and one message. */
export interface Attempted {
  /** Attempts of which nobody knows whether they arrived; one that was begun before a crash is such a one. */
  readonly doubts: number;
  readonly isReached: boolean;
}

/** A message that is on its way. */
export interface OpenMessage {
  readonly digest: string;
  readonly phase: Note['phase'];
  readonly attempted: Readonly<Record<string, Attempted>>;
}

/** All about one incident. */
export interface Incident {
  readonly at: number;
  readonly told?: Told;
  readonly open?: OpenMessage;
}

/** What the courier must not forget when its process dies. */
export interface Memory {
  incident(id: string): Incident | undefined;
  sent(recipient: string): Sent;
  remember(id: string, incident: Omit<Incident, 'at'>): void;
  /** Notes, or takes back, that something was sent at this moment. */
  noteSent(recipient: string, at: number): void;
  forgetSent(recipient: string, at: number): void;
  /** Durable when it settles. Never rejects: with a full disk people are told all the same, and only a crash could repeat it. */
  save(): Promise<void>;
}

const KEY = 'courier';
const MAX_AGE_MS = 7 * 86_400_000;
const MAX_INCIDENTS = 1000;

interface Options {
  readonly state: ActionState;
  readonly now: () => number;
  readonly log: Logger;
}

/** Reads what was kept; what has another shape counts as nothing. */
export const openMemory = ({ state, now, log }: Options): Memory => {
  const kept = readKept(state.get(KEY));
  const incidents = new Map(Object.entries(kept.incidents));
  const sent = new Map(Object.entries(kept.sent));
  let saving: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    try {
      await state.put(KEY, { incidents: Object.fromEntries(incidents), sent: Object.fromEntries(sent) });
    } catch (err) {
      log.error('courier.state_lost', { err });
    }
  };
  const prune = (): void => {
    const oldest = now() - MAX_AGE_MS;
    const sorted = [...incidents].sort(([, a], [, b]) => a.at - b.at);
    for (const [index, [id, { at }]] of sorted.entries()) {
      if (at < oldest || sorted.length - index > MAX_INCIDENTS) incidents.delete(id);
    }
    for (const [recipient, moments] of sent) {
      const recent = withinHour(moments, now());
      if (recent.length === 0) sent.delete(recipient);
      else sent.set(recipient, recent);
    }
  };
  return {
    incident: (id) => incidents.get(id),
    sent: (recipient) => sent.get(recipient) ?? [],
    remember(id, incident) {
      incidents.set(id, { ...incident, at: now() });
      if (incidents.size > MAX_INCIDENTS) prune();
    },
    noteSent: (recipient, at) => void sent.set(recipient, [...(sent.get(recipient) ?? []), at]),
    forgetSent(recipient, at) {
      const moments = [...(sent.get(recipient) ?? [])];
      const index = moments.indexOf(at);
      if (index !== -1) sent.set(recipient, moments.toSpliced(index, 1));
    },
    save() {
      prune();
      // One after the other, each with all that is known when its turn comes.
      saving = saving.then(write);
      return saving;
    },
  };
};

interface Kept {
  readonly incidents: Record<string, Incident>;
  readonly sent: Record<string, Sent>;
}

const readKept = (value: unknown): Kept => {
  if (typeof value !== 'object' || value === null || !('incidents' in value) || !('sent' in value))
    return { incidents: {}, sent: {} };
  // Safe: nobody else writes under this key.
  return value as Kept;
};
