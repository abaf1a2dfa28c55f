import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Action, Outcome, Task } from '../action.ts';

/** An action that does not settle so long after its signal is given up on, so that it holds up nothing else for ever. */
const GRACE_MS = 10_000;

/** One attempt at a task under a deadline; never rejects. `stop` ends it early: then it is tried again after the next start. */
export const attempt = async (action: Action, task: Task, deadlineMs: number, stop: AbortSignal): Promise<Outcome> => {
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([deadline, stop]);
  const late = Promise.withResolvers<Outcome>();
  const giveUp = (): void => {
    const reason = stop.aborted
      ? 'interrupted by a stop'
      : `no answer within ${deadlineMs} ms, nor after being told to stop`;
    timer = setTimeout(() => late.resolve({ outcome: 'retry', reason }), GRACE_MS);
  };
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([action.perform(task, signal), late.promise]);
  } catch (error) {
    if (stop.aborted) return { outcome: 'retry', reason: 'interrupted by a stop' };
    if (deadline.aborted) return { outcome: 'retry', reason: `no answer within ${deadlineMs} ms` };
    return { outcome: 'retry', reason: describe(error) };
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
};

const describe = (error: unknown): string => {
  if (error instanceof ServiceError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
};
