import type { Action, Notice } from './action.ts';
import type { Decisions } from './decisions.ts';
import { hash } from './inbox/inbox.ts';
import type { Store } from './inbox/store.ts';
import type { OnStep } from './steps.ts';

interface Deps {
  readonly store: Store;
  readonly actions: ReadonlyMap<string, Action>;
  readonly decisions: Pick<Decisions, 'record'>;
  readonly now: () => number;
  readonly wake: () => void;
  readonly onStep: OnStep;
}

/** The name that decisions about what the service says by itself go by. */
export const NOTICE = 'notice';
/** The same words again within this time come from a step that was repeated. */
const SAME_MS = 600_000;

/**
 * Says something to people by everything that can tell them, but for `from`, whose own trouble it may be: as tasks, so that it
 * is tried until it is told. Resolves when that is durable.
 */
export const createNotices =
  ({ store, actions, decisions, now, wake, onStep }: Deps) =>
  async (from: string, notice: Notice): Promise<void> => {
    const tellers = [...actions].filter(([name, action]) => name !== from && action.tells?.includes(notice.severity));
    const incident = notice.incident ?? hash(from, notice.title);
    if (tellers.length === 0) {
      const reason = `nobody can be told «${notice.title}»: neither e-mail nor SMS is configured for it`;
      // What was only for information is missed by nobody who did not ask for it.
      const outcome = notice.severity === 'info' ? 'nothing' : 'failed';
      return decisions.record({ action: NOTICE, outcome, reason, incident });
    }
    const fingerprint = hash(from, incident, notice.title, notice.text);
    store.durably(() => {
      for (const [action] of tellers) {
        const sinceMs = now() - (store.lastAsked(action, fingerprint) ?? Number.NEGATIVE_INFINITY);
        if (sinceMs >= 0 && sinceMs < SAME_MS) continue;
        const what = { action, receiver: '', incident, fingerprint, status: 'firing', alerts: [], notice } as const;
        store.addTask({
          ...what,
          id: hash(action, fingerprint, String(now())),
          receivedAt: now(),
          dryRun: false,
          bounds: {},
        });
      }
    });
    onStep('notice.committed');
    wake();
  };
