import type { AuditTrail } from '../../core/audit/trail.ts';
import type { Logger } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Decision } from './action.ts';
import type { About, RecordedDecision, Store } from './inbox/store.ts';
import type { OnStep } from './steps.ts';

interface Deps {
  readonly store: Store;
  readonly trail: Pick<AuditTrail, 'append' | 'flush' | 'signHead'>;
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly log: Logger;
  readonly now: () => number;
  readonly onStep: OnStep;
}

export interface Decisions {
  /** A metric, a line of the log, soon an audit line; for what is in the store. Never throws. */
  publish(decision: RecordedDecision): void;
  /** The same for what is not: durable when it returns. */
  record(decision: Decision, about?: About): void;
  /** Brings what waits into the audit trail; rejects where it cannot be written. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const BATCH = 200;
/** Many at once cost the disk as much as one. */
const GATHER_MS = 50;
const AGAIN_MS = 5000;
const HEAD_MS = 60_000;

/**
 * Brings every decision to where people look. The audit trail follows the store: a line that a crash or a full disk kept from
 * it is written later, and one whose mark was lost is written twice, with the same number.
 */
export const createDecisions = ({ store, trail, telemetry, log, now, onStep }: Deps): Decisions => {
  let auditing: Promise<void> | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let isUnsigned = false;
  let isFailing = false;

  const audit = async (): Promise<void> => {
    for (let batch = store.unaudited(BATCH); batch.length > 0; batch = store.unaudited(BATCH)) {
      for (const decision of batch) trail.append('action.decided', auditFields(decision), decision.reason);
      await trail.flush();
      onStep('decision.audited');
      store.markAudited(batch.at(-1)?.seq ?? 0);
      onStep('decision.marked');
      isUnsigned = true;
    }
  };
  const settle = (): Promise<void> => {
    auditing ??= audit().finally(() => {
      auditing = undefined;
    });
    return auditing;
  };
  const settleNow = (): void => {
    settle().then(
      () => {
        isFailing = false;
        // One that came while the last batch was being marked.
        if (store.unaudited(1).length > 0) settleIn(GATHER_MS);
      },
      (err) => {
        // People must be told although it cannot be recorded that they were; the store still holds it.
        if (!isFailing) log.error('audit.write_failed', { err }, 'decisions wait for the audit trail');
        isFailing = true;
        settleIn(AGAIN_MS);
      },
    );
  };
  const settleIn = (ms: number): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      settleNow();
    }, ms).unref();
  };
  // While the gateway is dead nobody else signs the end of the trail.
  const signing = setInterval(() => {
    if (!isUnsigned) return;
    isUnsigned = false;
    trail.signHead().catch((err) => log.warn('audit.sign_failed', { err }));
  }, HEAD_MS).unref();
  settleNow();

  const publish = (decision: RecordedDecision): void => {
    const { action, outcome, reason } = decision;
    telemetry.counter('actions', { action, outcome });
    const level = outcome === 'failed' ? 'error' : outcome === 'retry' ? 'warn' : 'info';
    log[level]('action.decided', logFields(decision), reason);
    settleIn(GATHER_MS);
  };
  return {
    publish,
    record: (decision, about = {}) => publish(store.durably(() => store.addDecision(decision, about, now()))),
    settle,
    async stop() {
      clearInterval(signing);
      clearTimeout(waiting);
      await settle().catch(() => undefined);
    },
  };
};

/** What failed is a failure; everything else was decided as it should. */
const logFields = ({ seq, action, outcome, incident, about, details }: RecordedDecision) => ({
  'event.outcome': outcome === 'failed' ? 'failure' : outcome === 'retry' ? 'unknown' : 'success',
  labels: { ...details, ...about, action, outcome, incident, decision: seq },
});

const auditFields = (decision: RecordedDecision) => ({
  ...logFields(decision),
  'user.id': 'service:actions',
  'labels.decided_at': new Date(decision.at).toISOString(),
});
