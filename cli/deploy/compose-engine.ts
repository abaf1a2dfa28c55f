import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { loadConfig } from '../../core/config/load.ts';
import type { ContainerEngine } from './carry-out.ts';
import type { Release } from './machine.ts';

interface Options {
  /** Folder of `docker-compose.yml`. */
  readonly project: string;
  /** Further compose files of the operator. */
  readonly files: readonly string[];
  /** Folder of the state, where the configuration of each release is kept. */
  readonly state: string;
  /** `docker compose`, or a program that is Compose by itself. */
  readonly compose: readonly string[];
  readonly services: readonly string[];
  /** Whether images that are on this machine do, when the registry does not answer. */
  readonly allowLocal: boolean;
  readonly waitMs: number;
  readonly env: NodeJS.ProcessEnv;
}

/** Compose, as far as a deployment needs it. */
export type ComposeEngine = ContainerEngine & {
  /** A command of Compose with the release in its environment; its output goes to the terminal. */
  show(release: Release, args: readonly string[]): Promise<void>;
};

const LOOK_MS = 1000;

/** Where the configuration of a release is kept. */
export const configOf = (state: string, { config }: Release): string =>
  join(state, 'releases', config, 'clawdbot.yaml');

/** The stack of `docker-compose.yml` by `docker compose`: the same commands that a person would type. */
export const openComposeEngine = (options: Options): ComposeEngine => {
  const [program = 'docker', ...before] = options.compose;
  const base = ['--project-directory', options.project, '--file', join(options.project, 'docker-compose.yml')];
  const words = [...before, ...base, ...options.files.flatMap((file) => ['--file', file])];
  const settings = (release: Release, signal: AbortSignal | undefined) => ({
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    env: {
      ...{ ...options.env, CLAWDBOT_VERSION: release.version, CLAWDBOT_VARIANT: release.variant },
      CLAWDBOT_CONFIG_FILE: configOf(options.state, release),
    },
  });
  const compose = async (release: Release, args: readonly string[], signal?: AbortSignal): Promise<string> => {
    const { failed, stdout, stderr, shortMessage } = await execa(program, [...words, ...args], {
      ...{ stdin: 'ignore', reject: false, ...settings(release, signal) },
    });
    if (failed) throw new Error(lastWords(stderr) ?? shortMessage ?? 'ended without a word');
    return stdout;
  };
  const { services } = options;
  return {
    async check(release, signal) {
      if (!existsSync(configOf(options.state, release))) throw new Error('its configuration is not kept any more');
      loadConfig({ env: {}, file: configOf(options.state, release) });
      await compose(release, ['config', '--quiet'], signal);
    },
    async pull(release, signal) {
      const pulled = compose(release, ['pull', '--quiet', ...services], signal);
      if (!options.allowLocal) return void (await pulled);
      await pulled.catch(() => undefined);
    },
    // Images of another version and a file in another place are all that differs; Compose mounts it at the start.
    async configure(release) {
      loadConfig({ env: {}, file: configOf(options.state, release) });
    },
    async start(release, signal) {
      await compose(release, ['up', '--detach', '--no-build', '--pull', 'never', ...services], signal);
    },
    watch: (release, signal) =>
      untilHealthy(() => compose(release, ['ps', '--all', '--format', 'json'], signal), options, signal),
    async show(release, args) {
      await execa(program, [...words, ...args], { stdio: 'inherit', reject: false, ...settings(release, undefined) });
    },
  };
};

const lastWords = (stderr: string): string | undefined => stderr.trim().split('\n').at(-1) || undefined;

/** Healthy means that a model can decode, so nothing else has to be asked. */
const untilHealthy = async (
  list: () => Promise<string>,
  { services, waitMs }: Pick<Options, 'services' | 'waitMs'>,
  signal: AbortSignal,
): Promise<void> => {
  for (let waited = 0; ; waited += LOOK_MS) {
    const sick = sickServices(await list(), services);
    if (sick.length === 0) return;
    if (waited >= waitMs) throw new Error(`not healthy after ${waitMs / 1000} s: ${sick.join(', ')}`);
    await sleep(LOOK_MS, undefined, { signal });
  }
};

/** Which services are not well, from `compose ps --format json`: one object a line, of older versions one list. */
export const sickServices = (text: string, services: readonly string[]): string[] => {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line): { Service: string; State: string; Health?: string }[] => JSON.parse(line));
  return services.flatMap((name) => {
    const row = rows.find(({ Service: service }) => service === name);
    if (row === undefined) return [`${name} (absent)`];
    const isWell =
      row.State === 'running' && (row.Health === undefined || row.Health === '' || row.Health === 'healthy');
    return isWell ? [] : [`${name} (${row.Health === undefined || row.Health === '' ? row.State : row.Health})`];
  });
};
