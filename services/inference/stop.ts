import type { Jobs } from './jobs/jobs.ts';
import type { RunningStages } from './running-stages.ts';
import type { Status } from './status.ts';

interface StopDeps extends RunningStages {
  readonly jobs: Jobs;
  readonly server: { close(drainMs?: number): Promise<void> };
  readonly status: Status;
  readonly life: AsyncDisposableStack;
}

/** First what comes in, then what runs, then everything else in reverse order of its start. */
export const createStop = ({ config, log, route, admission, jobs, server, status, life }: StopDeps) => {
  const hurry = Promise.withResolvers<void>();
  let stopped: Promise<void> | undefined;
  const drain = async () => {
    const { drainMs } = config.server;
    status.setDraining();
    log.app.info('gateway.draining', { labels: { drain_ms: drainMs } });
    void admission.drain();
    await Promise.all([server.close(drainMs), withinMs(jobs.drain(), drainMs)]);
    await route.drain(0);
  };
  return (now: boolean): Promise<void> => {
    if (now) hurry.resolve();
    stopped ??= Promise.race([now ? Promise.resolve() : drain(), hurry.promise]).then(() => life.disposeAsync());
    return stopped;
  };
};

const withinMs = async (work: Promise<void>, ms: number): Promise<void> => {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, ms);
  await Promise.race([work, limit.promise]);
  clearTimeout(timer);
};
