import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { commandFailure } from '../../command-failure.ts';
import { freePort } from '../../free-port.ts';
import { buildGoProgram } from '../../go/build.ts';
import { type Server, startServer } from './server.ts';

export interface FilebeatOptions {
  /** `filebeat.yml`, as its text or as a value. */
  readonly config: string | Record<string, unknown>;
  /** What `-E` takes, over the configuration: `output.elasticsearch.hosts` and the like. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** What `${NAME}` in the configuration stands for. */
  readonly env?: NodeJS.ProcessEnv;
  /** A folder that an earlier one left with `keepData`: it goes on where that one stopped. */
  readonly data?: string;
  /** Bytes of the disk that its registry and queue lie on: a small one of its own, gone when it ends. */
  readonly diskBytes?: number;
}

const STARTED = 'filebeat start running.';

/** A real Filebeat 7.17.29; `url` answers `/stats`. Its registry and queue lie in `data`. */
export const startFilebeat = async (options: FilebeatOptions): Promise<Server> => {
  const { config, settings = {}, env = {}, data, diskBytes } = options;
  const built = await buildGoProgram('filebeat');
  if (built.state === 'missing') throw new Error(`filebeat: ${built.why}`);
  const home = data ?? mkdtempSync(join(tmpdir(), 'clawdbot-filebeat-'));
  mkdirSync(home, { recursive: true });
  const file = join(home, 'filebeat.yml');
  writeFileSync(file, typeof config === 'string' ? config : stringify(config), { mode: 0o600 });
  const port = await freePort();
  const all = {
    ...settings,
    ...{ 'http.enabled': true, 'http.host': '127.0.0.1', 'http.port': port },
    ...{ 'path.home': home, 'path.data': join(home, 'data'), 'path.logs': join(home, 'logs') },
  };
  const onDisk = diskBytes === undefined ? [] : onSmallDisk(join(home, 'data'), diskBytes);
  const [command = built.file, ...words] = [...onDisk, built.file];
  return startServer({
    ...{
      name: 'Filebeat',
      url: `http://127.0.0.1:${port}`,
      data: home,
      ready: '/stats',
      says: STARTED,
      command,
    },
    args: [...words, '-e', '-c', file, ...Object.entries(all).flatMap(([name, value]) => ['-E', `${name}=${value}`])],
    env: { ...process.env, ...env },
  });
};

/** Runs what follows where a folder is a disk of memory that nobody else sees. */
const onSmallDisk = (folder: string, bytes: number): readonly string[] => {
  mkdirSync(folder, { recursive: true });
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const script = `mount -t tmpfs -o size=${bytes} none "$0" && exec "$@"`;
  return ['unshare', ...user, '--mount', 'sh', '-c', script, folder];
};

/** Why no disk of memory can be had here; undefined: one can. */
export const missingSmallDisk = async (): Promise<string | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-disk-'));
  const [command = '', ...words] = onSmallDisk(folder, 1_048_576);
  try {
    await execa(command, [...words, 'true'], { stdin: 'ignore' });
    return undefined;
  } catch (error) {
    return `a disk of memory cannot be had here: ${commandFailure(error)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Gives the small disk of a Filebeat that many bytes. */
export const growSmallDisk = async ({ pid, data }: Server, bytes: number): Promise<void> => {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  const mount = ['mount', '-o', `remount,size=${bytes}`, 'none', join(data, 'data')];
  await execa('nsenter', ['--target', String(pid), '--mount', ...user, ...mount]);
};
