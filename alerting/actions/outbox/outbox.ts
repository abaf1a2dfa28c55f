import type { ActionsConfig } from '../../../core/config/schema.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Action, Outcome } from '../action.ts';
import { aboutOf } from '../inbox/inbox.ts';
import type { RecordedDecision, Store, TakenTask } from '../inbox/store.ts';
import type { OnStep } from '../steps.ts';
import { attempt } from './attempt.ts';
import { sequelOf } from './retry.ts';

interface Deps {
  readonly store: Store;
  readonly actions: ReadonlyMap<string, Action>;
  readonly config: Pick<ActionsConfig, 'attempts' | 'tickMs'>;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Logger;
  /** Told of every decision once it is in the store. */
  readonly publish: (decision: RecordedDecision) => void;
  /** Told when what an alert asked for is done, and how long after it fired. */
  readonly onDone: (action: string, delayMs: number) => void;
  readonly onFailed: (task: TakenTask, outcome: Outcome) => Promise<void>;
  /** Makes an attempt and observes it. */
  readonly observe: (taken: TakenTask, attempt: () => Promise<Outcome>) => Promise<Outcome>;
  readonly onStep: OnStep;
}

export interface Outbox {
  /** Looks for tasks now. */
  wake(): void;
  /** Takes no more tasks, waits for those under way at most so long, then tells them to end. May be called twice. */
  stop(drainMs: number): Promise<void>;
}

/** An action, and what it is busy with. */
interface Lane {
  readonly name: string;
  readonly action: Action;
  busy: number;
  isTicking: boolean;
  /** Why its last tick failed. */
  trouble?: string | undefined;
}

/** An effect is recorded although the disk is full just then: another attempt would be another effect. */
const RECORD_AGAIN_MS = 1000;
const LOOK_AGAIN_MS = 1000;
const MAX_WAIT_MS = 60_000;

/** Does what the inbox took on: each action works at its own tasks in their order, an incident never out of order. */
export const openOutbox = (deps: Deps): Outbox => {
  const { store, actions, config, now, log } = deps;
  const abort = new AbortController();
  const underWay = new Set<Promise<void>>();
  const lanes: Lane[] = [...actions].map(([name, action]) => ({ name, action, busy: 0, isTicking: false }));
  let timer: NodeJS.Timeout | undefined;
  let isStopping = false;

  const slots = ({ action }: Lane): number => action.concurrency ?? 1;
  const run = (lane: Lane, work: () => Promise<void>): void => {
    lane.busy += 1;
    const running = work()
      .catch((err) => log.error('action.failed', { err, labels: { action: lane.name } }))
      .finally(() => {
        lane.busy -= 1;
        underWay.delete(running);
        look();
      });
    underWay.add(running);
  };
  const fill = (lane: Lane): void => {
    while (!isStopping && lane.busy < slots(lane)) {
      const taken = store.take(lane.name, now(), config.attempts.maxMs + 1);
      if (taken === undefined) return;
      run(lane, () => perform(deps, lane.action, taken, abort.signal));
    }
  };
  const look = (): void => {
    if (isStopping) return;
    clearTimeout(timer);
    try {
      for (const lane of lanes) fill(lane);
      const due = store.nextDueAt(now()) ?? Number.POSITIVE_INFINITY;
      timer = setTimeout(look, Math.min(MAX_WAIT_MS, Math.max(1, due - now())));
    } catch (err) {
      log.error('actions.store_failed', { err }, 'no task can be taken on; trying again');
      timer = setTimeout(look, LOOK_AGAIN_MS);
    }
  };
  const tick = (lane: Lane): void => {
    // One that works at one thing at a time is not asked in the middle of it.
    if (isStopping || lane.isTicking || lane.busy >= slots(lane)) return;
    lane.isTicking = true;
    run(lane, async () => {
      try {
        const deadline = AbortSignal.timeout(config.attempts.deadlineMs);
        await lane.action.tick?.(AbortSignal.any([abort.signal, deadline]));
        lane.trouble = undefined;
      } catch (err) {
        // Told when it begins and when it changes, not at every tick.
        const trouble = err instanceof Error ? err.message : String(err);
        if (trouble !== lane.trouble) log.error('action.tick_failed', { err, labels: { action: lane.name } });
        lane.trouble = trouble;
      } finally {
        lane.isTicking = false;
      }
    });
  };
  const ticking = lanes.filter(({ action }) => action.tick !== undefined);
  const ticks = setInterval(() => ticking.forEach(tick), config.tickMs);

  look();
  return {
    wake: look,
    async stop(drainMs) {
      isStopping = true;
      clearTimeout(timer);
      clearInterval(ticks);
      const patience = setTimeout(() => abort.abort(), drainMs);
      while (underWay.size > 0) await Promise.all(underWay);
      clearTimeout(patience);
    },
  };
};

const perform = async (deps: Deps, action: Action, taken: TakenTask, stop: AbortSignal): Promise<void> => {
  const { store, config, now, random, log, publish, onDone, onFailed, observe, onStep } = deps;
  const { task, seq } = taken;
  onStep('task.marked');
  const found = await observe(taken, () => attempt(action, task, config.attempts.deadlineMs, stop));
  onStep('task.performed');
  const sequel = sequelOf(found, { ...task, now: now(), random: random() }, config.attempts);
  const { outcome } = sequel;
  const [alert] = task.alerts;
  const about = {
    ...(alert === undefined ? {} : aboutOf(alert)),
    ...{ task: task.id, receiver: taken.receiver, attempt: task.attempt },
  };
  // One that is repeated for the same reason as before has told it already.
  const isNews = sequel.kind === 'end' || outcome.reason !== taken.lastReason;
  const record = (): RecordedDecision | undefined =>
    store.durably(() => {
      if (sequel.kind === 'end') store.end(seq, now(), outcome.reason);
      else store.repeat(seq, sequel.notBefore, outcome.reason);
      const decision = { ...outcome, action: taken.action, incident: task.incident };
      const recorded = isNews ? store.addDecision(decision, about, now()) : undefined;
      onStep('task.written');
      return recorded;
    });
  const recorded = await insist(record, log, stop);
  onStep('task.recorded');
  if (recorded !== undefined) publish(recorded);
  if (outcome.outcome === 'done' && task.status === 'firing' && alert !== undefined) {
    onDone(taken.action, Math.max(0, now() - Date.parse(alert.startsAt)));
  }
  if (outcome.outcome === 'failed') await onFailed(taken, outcome);
};

const insist = async <T>(record: () => T, log: Logger, stop: AbortSignal): Promise<T> => {
  for (let isTold = false; ; isTold = true) {
    try {
      return record();
    } catch (err) {
      if (stop.aborted) throw err;
      if (!isTold) log.error('actions.store_failed', { err }, 'what was done cannot be recorded; trying until it can');
    }
    await new Promise((resolve) => setTimeout(resolve, RECORD_AGAIN_MS));
  }
};
