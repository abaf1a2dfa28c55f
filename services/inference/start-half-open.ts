import { readNote, removeNote } from '../../core/resilience/half-open-note.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import type { Route } from './route/route.ts';

interface Deps {
  /** `dataPaths(data).halfOpen`. */
  readonly file: string;
  readonly models: readonly string[];
  readonly route: Pick<Route<unknown>, 'breaker' | 'onEvent'>;
  readonly log: Loggers;
}

/**
 * Half-opens the breakers that a note asks for, before the first request. The note stays until all of them are closed: a
 * gateway that dies again before it decoded anything starts the same way.
 */
export const startHalfOpen = async ({ file, models, route, log }: Deps): Promise<void> => {
  const remove = () => removeNote(file).catch((err: unknown) => log.app.warn('breaker.note_kept', { err }));
  const note = await readNote(file, Date.now());
  if (note === undefined) return remove();
  const asked = new Set(note.models ?? models);
  const waiting = new Set(models.filter((model) => asked.has(model)));
  const unsubscribe = route.onEvent((event) => {
    if (event.type !== 'breaker.changed' || event.state !== 'closed') return;
    waiting.delete(event.model);
    if (waiting.size > 0) return;
    unsubscribe();
    void remove();
  });
  const { reason } = note;
  for (const model of waiting) {
    route.breaker.set(model, { state: 'half_open', reason });
    log.audit.info('breaker.changed', { labels: { source: 'note', model, state: 'half_open', reason } });
  }
  if (waiting.size > 0) return;
  unsubscribe();
  await remove();
};
