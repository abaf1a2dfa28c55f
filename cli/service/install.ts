import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { modelsDir } from '../../core/config/paths.ts';
import { makePrivateFolder } from '../../core/config/private-files.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { renderUnit, type UnitOptions } from './unit.ts';

export interface ServiceOptions {
  readonly data: string;
  readonly config?: string;
  /** A unit of the machine that runs as this user; needs root. Absent: one of the user's own manager. */
  readonly user?: string;
  readonly memoryMax: string;
  readonly env: NodeJS.ProcessEnv;
}

const NAME = 'clawdbot.service';
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The unit as it would be written. */
export const unitText = (options: ServiceOptions): string => {
  const { data, config, user, memoryMax, env } = options;
  const unit: UnitOptions = { node: process.execPath, main: MAIN, data, modelsDir: modelsDir(env), memoryMax };
  return renderUnit({ ...unit, ...(config === undefined ? {} : { config }), ...(user === undefined ? {} : { user }) });
};

/** Writes the unit, and has systemd start it now and at every boot; gives its file. */
export const installService = async (options: ServiceOptions): Promise<string> => {
  const { user, data, env } = options;
  const folder = unitFolder(user, env);
  const file = join(folder, NAME);
  // systemd gives a service no folder to write to that is not there.
  if (user === undefined) for (const each of [data, modelsDir(env)]) await makePrivateFolder(each);
  await explained(file, async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(file, unitText(options), { mode: 0o644 });
  });
  await systemctl(options, ['daemon-reload']);
  await systemctl(options, ['enable', '--now', NAME]);
  return file;
};

/** Stops it and takes the unit away; data and models stay. */
export const removeService = async (options: Pick<ServiceOptions, 'user' | 'env'>): Promise<string> => {
  const file = join(unitFolder(options.user, options.env), NAME);
  await systemctl(options, ['disable', '--now', NAME]);
  await explained(file, () => rm(file, { force: true }));
  await systemctl(options, ['daemon-reload']);
  return file;
};

const unitFolder = (user: string | undefined, env: NodeJS.ProcessEnv): string =>
  user === undefined
    ? join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'systemd', 'user')
    : '/etc/systemd/system';

const systemctl = async (
  { user, env }: Pick<ServiceOptions, 'user' | 'env'>,
  args: readonly string[],
): Promise<void> => {
  const scope = user === undefined ? ['--user'] : [];
  const { exitCode, stderr, shortMessage } = await execa('systemctl', [...scope, ...args], { reject: false, env });
  if (exitCode === 0) return;
  const words = (stderr || shortMessage || '').trim().split('\n')[0] ?? '';
  throw new ServiceError('ERR_SERVICE_INSTALL', `systemctl ${[...scope, ...args].join(' ')}: ${words}`);
};

const explained = async (file: string, write: () => Promise<unknown>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ServiceError('ERR_SERVICE_INSTALL', `${file}: ${words}`, { cause: error });
  }
};
