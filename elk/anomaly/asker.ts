import type { Logger } from '../../core/telemetry/log.ts';
import type { AnomalySource } from '../../core/telemetry/metrics.ts';

/** Asks sources, and says once that one is away, and once that it is back. */
export interface Asker {
  /** What a source answered; undefined: it is away. `what` tells several questions to one source apart. */
  ask<T>(source: AnomalySource, what: string, question: () => Promise<T>): Promise<T | undefined>;
  /** Whether the last of every question to a source was answered. */
  readonly up: () => ReadonlyMap<AnomalySource, boolean>;
}

export const createAsker = (log: Pick<Logger, 'info' | 'warn'>): Asker => {
  const answered = new Map<AnomalySource, Map<string, boolean>>();
  const statesOf = (source: AnomalySource): Map<string, boolean> => {
    const known = answered.get(source) ?? new Map<string, boolean>();
    answered.set(source, known);
    return known;
  };
  return {
    async ask(source, what, question) {
      const states = statesOf(source);
      const labels = { source, question: what };
      try {
        const found = await question();
        if (states.get(what) === false) log.info('source.recovered', { labels });
        states.set(what, true);
        return found;
      } catch (err) {
        if (states.get(what) !== false) log.warn('source.failed', { err, labels });
        states.set(what, false);
        return undefined;
      }
    },
    up: () => new Map([...answered].map(([source, states]) => [source, [...states.values()].every((isUp) => isUp)])),
  };
};
