import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Action } from './action.ts';
import type { DeadMan } from './dead-man/dead-man.ts';
import type { Store } from './inbox/store.ts';
import type { HealthView } from './server/api.ts';

interface Parts {
  readonly store: Pick<Store, 'pending'>;
  readonly deadMan: Pick<DeadMan, 'ageMs' | 'isSilent'>;
  readonly actions: ReadonlyMap<string, Action>;
  readonly now: () => number;
}

/** How the process does, as its page says it. */
export const healthOf = ({ store, deadMan, actions, now }: Parts): HealthView => {
  const age = deadMan.ageMs();
  const common = { actions: [...actions.keys()], ...(age === undefined ? {} : { watchdogAgeMs: age }) };
  try {
    const pending = store.pending();
    const oldest = Math.min(...pending.map(({ oldestAt }) => oldestAt));
    return {
      ...common,
      status: deadMan.isSilent ? 'silent' : 'ok',
      pending: pending.reduce((sum, { tasks }) => sum + tasks, 0),
      ...(Number.isFinite(oldest) ? { oldestPendingMs: Math.max(0, now() - oldest) } : {}),
    };
  } catch {
    return { ...common, status: 'failing', pending: 0 };
  }
};

/** The same as metrics. */
export const observeHealth = (telemetry: Pick<Telemetry, 'gauge'>, { store, deadMan, actions, now }: Parts): void => {
  telemetry.gauge('actionsPending', () => {
    const found = new Map(store.pending().map(({ action, tasks }) => [action, tasks]));
    return [...actions.keys()].map((action) => ({ value: found.get(action) ?? 0, labels: { action } }));
  });
  telemetry.gauge('actionsOldest', () =>
    store
      .pending()
      .map(({ action, oldestAt }) => ({ value: Math.max(0, now() - oldestAt) / 1000, labels: { action } })),
  );
  telemetry.gauge('watchdogAge', () => {
    const ageMs = deadMan.ageMs();
    return ageMs === undefined ? [] : [{ value: ageMs / 1000 }];
  });
};
