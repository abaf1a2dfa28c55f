import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { type Docker, dockerOf } from './engine/docker.ts';

/** The engine of this suite, or why there is none. */
export const givenEngine = (): { readonly docker: Docker; readonly folder: string } | { readonly missing: string } => {
  const engine = inject('engine');
  return 'missing' in engine ? engine : { docker: dockerOf(engine), folder: engine.folder };
};

const LOOK_MS = 500;

/** Looks until it holds; what was last seen is in the error of a test that ends by its time. */
export const until = async <T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  signal: AbortSignal,
): Promise<T> => {
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (signal.aborted) throw new Error(`still ${JSON.stringify(seen)}`);
    await sleep(LOOK_MS);
  }
};

/** What every container of ours is started with; all of it is what `docker-compose.yml` says, too. */
export const HARDENED = [
  ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--health-interval', '1s', '--health-start-period', '600s'],
];

export interface Container {
  readonly id: string;
  health(): Promise<string>;
  untilHealth(wanted: 'healthy' | 'unhealthy', signal: AbortSignal): Promise<unknown>;
  /** One of its own programs. */
  exec(...args: readonly string[]): Promise<string>;
  inspect(format: string): Promise<string>;
  /** Everything it printed. */
  logs(): Promise<string>;
}

/** Starts a container in the background; `remove` it in the end. */
export const startContainer = async (docker: Docker, args: readonly string[]): Promise<Container> => {
  const id = (await docker.run('run', '--detach', ...args)).trim();
  const inspect = async (format: string): Promise<string> =>
    (await docker.run('inspect', '--format', format, id)).trim();
  const health = () => inspect('{{.State.Status}} {{.State.Health.Status}}');
  const logs = async (): Promise<string> => {
    const { stdout, stderr } = await docker.try('logs', id);
    return `${stdout}${stderr}`;
  };
  return {
    ...{ id, inspect, health, logs },
    async untilHealth(wanted, signal) {
      const seen = await until(
        health,
        (state) => state === `running ${wanted}` || !state.startsWith('running'),
        signal,
      );
      if (seen !== `running ${wanted}`) throw new Error(`container is ${seen}: ${await logs()}`);
    },
    exec: (...words) => docker.run('exec', id, ...words),
  };
};
