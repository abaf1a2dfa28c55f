import { createHash } from 'node:crypto';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Alert } from '../action.ts';
import { judge, type PolicyRow } from '../policy/policy.ts';
import type { OnStep } from '../steps.ts';
import type { Webhook } from './payload.ts';
import type { About, KnownAlert, NewTask, RecordedDecision, Store } from './store.ts';

interface Deps {
  readonly store: Store;
  readonly rows: readonly PolicyRow[];
  readonly now: () => number;
  readonly onStep: OnStep;
}

export interface Received {
  readonly decisions: readonly RecordedDecision[];
  readonly tasks: number;
  /** Alerts that were known as they are. */
  readonly repeats: number;
}

/** The name that decisions about webhooks themselves go by. */
export const INBOX = 'inbox';

/**
 * A `firing` that comes after its `resolved` was under way too long, for so long. Later it is true again: Alertmanager takes
 * an alert for resolved that Prometheus could not repeat in time, and then goes on with the old start.
 */
const LATE_MS = 300_000;

/** What an alert is, after what was told before of the same one. */
export const classify = (known: KnownAlert | undefined, { status }: Pick<Alert, 'status'>, now: number) => {
  if (known === undefined) return status === 'firing' ? 'begins' : 'ends_unseen';
  if (known.status === status) return 'repeats';
  if (status === 'resolved') return 'ends';
  // Both ways: what changed far in the future was written by a clock that was wrong, and must not silence anything till then.
  return Math.abs(now - known.changedAt) < LATE_MS ? 'comes_late' : 'begins';
};

/**
 * Takes webhooks: everything that follows from one is on the disk when `take` returns, once, however often it is sent. An
 * alert is the same fact by receiver, fingerprint, start and status. The group it came in is no part of that: it changes with
 * the routes of Alertmanager, and nobody wants a second SMS because those were edited.
 */
export const createInbox = ({ store, rows, now, onStep }: Deps) => ({
  take: (receiver: string, { alerts, truncatedAlerts, groupKey, traceparent }: Webhook): Received => {
    const at = now();
    if (store.fullness() > CROWDED) store.makeRoom();
    const received = store.durably(() => {
      const decisions: RecordedDecision[] = [];
      let [tasks, repeats] = [0, 0];
      const leave = (action: string, reason: string, about: About, more: Partial<RecordedDecision> = {}) =>
        decisions.push(store.addDecision({ ...more, action, outcome: 'nothing', reason }, { receiver, ...about }, at));
      const ask = (task: NewTask) => {
        store.addTask(traceparent === undefined ? task : { ...task, traceparent });
        tasks += 1;
      };
      const begin = (alert: Alert, incident: string): void => {
        const lastAsked = (action: string) => store.lastAsked(action, alert.fingerprint);
        const verdicts = judge(rows, { receiver, alert, now: at, lastAsked });
        if (verdicts.length === 0)
          leave(INBOX, 'no row of actions.policy fits this alert', aboutOf(alert), { incident });
        for (const verdict of verdicts) {
          const { action, bounds, dryRun } = verdict.row;
          if (verdict.ask) ask(taskOf(alert, { receiver, incident, action, bounds, dryRun, at }));
          else leave(action, verdict.reason, aboutOf(alert), { incident });
        }
      };
      const end = (alert: Alert, incident: string): void => {
        const begun = store.begun(receiver, incident);
        for (const asked of begun) ask(taskOf(alert, { receiver, incident, ...asked, at }));
        if (begun.length === 0)
          leave(INBOX, 'resolved; nothing was done about it that could end', aboutOf(alert), { incident });
      };
      for (const alert of alerts) {
        const known = store.alert(receiver, alert);
        const kind = classify(known, alert, at);
        // Of one that is true again the incident is a new one.
        const incident =
          known === undefined || kind === 'begins'
            ? hash(alert.fingerprint, alert.startsAt, known === undefined ? '' : known.incident)
            : known.incident;
        if (kind === 'repeats' || kind === 'comes_late') store.seeAlert(receiver, alert, at);
        else store.putAlert(receiver, alert, incident, at);
        if (kind === 'repeats') repeats += 1;
        if (kind === 'begins') begin(alert, incident);
        if (kind === 'ends') end(alert, incident);
        if (kind === 'ends_unseen') leave(INBOX, 'resolved before it was ever told', aboutOf(alert), { incident });
        if (kind === 'comes_late') leave(INBOX, 'told late: it is resolved already', aboutOf(alert), { incident });
      }
      if (repeats > 0) leave(INBOX, 'told before, and done what there is to do', {}, { details: { alerts: repeats } });
      if (truncatedAlerts > 0) {
        const reason = 'Alertmanager left alerts out; raise max_alerts of the receiver';
        const outcome = {
          action: INBOX,
          outcome: 'failed',
          reason,
          details: { alerts: truncatedAlerts, groupKey },
        } as const;
        decisions.push(store.addDecision(outcome, { receiver }, at));
      }
      refuseWhenFull(store);
      onStep('webhook.written');
      return { decisions, tasks, repeats };
    });
    onStep('webhook.committed');
    return received;
  },
});

/** The oldest goes first; only when nothing is over is a webhook refused, and sent again later. */
const CROWDED = 0.8;
/** What was taken on needs room to be recorded. */
const FULL = 0.95;

/** Within the transaction, which then takes back what it wrote. */
const refuseWhenFull = (store: Store): void => {
  if (store.fullness() < FULL) return;
  throw new ServiceError('ERR_ACTIONS_STORE', 'the database of the actions is full (actions.maxStoreBytes)');
};

export type Inbox = ReturnType<typeof createInbox>;

/** What a decision about an alert says of it. */
export const aboutOf = ({ labels, status }: Alert): About => ({
  status,
  ...(labels.alertname === undefined ? {} : { alert: labels.alertname }),
  ...(labels.severity === undefined ? {} : { severity: labels.severity }),
});

interface Asked extends Pick<NewTask, 'receiver' | 'incident' | 'action' | 'bounds' | 'dryRun'> {
  readonly at: number;
}

const taskOf = (alert: Alert, { at, ...asked }: Asked): NewTask => {
  const { fingerprint, status } = alert;
  const id = hash(asked.action, asked.receiver, asked.incident, status);
  return { ...asked, id, fingerprint, status, alerts: [alert], receivedAt: at };
};

/** Short names of facts, the same in every process. */
export const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
