import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { EnginePrograms } from './programs.ts';

/** How tests reach a container engine of their own; plain data, because test files run in other processes. */
export interface EngineAddress {
  readonly docker: string;
  readonly socket: string;
  /** A process in the network of the engine, where its containers publish their ports. */
  readonly pid: number;
  /** A folder that goes with the engine. */
  readonly folder: string;
}

export interface Daemon {
  readonly address: EngineAddress;
  /** Ends it with every container, and leaves nothing behind. */
  stop(): Promise<void>;
}

const LOOK_MS = 200;
const START_MS = 120_000;
const STOP_MS = 60_000;
const CGROUPS = '/sys/fs/cgroup';

/**
 * Starts a Docker daemon that the machine does not notice: its files in one folder, and network, mounts and processes in
 * namespaces of their own, which the kernel takes away with everything in them when it ends. No rule of a firewall is
 * written, and only the loopback of that network leads to published ports.
 */
export const startDaemon = async ({
  files,
  path,
}: Extract<EnginePrograms, { files: unknown }>): Promise<Daemon | { readonly missing: string }> => {
  if (process.getuid?.() !== 0) return { missing: 'a container engine must be started as root' };
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-docker-'));
  const cgroup = `clawdbot-test-${process.pid}`;
  const socket = join(folder, 'docker.sock');
  const command = daemonCommand(folder, cgroup, socket, files);
  const log = openSync(join(folder, 'dockerd.log'), 'w');
  const child = spawn('unshare', command, {
    stdio: ['ignore', log, log],
    env: { PATH: `${path}${delimiter}${process.env.PATH ?? ''}`, HOME: folder, LC_ALL: 'C' },
  });
  closeSync(log);
  const ended = once(child, 'exit').catch(() => undefined);
  const stop = async (): Promise<void> => {
    const [inner] = childrenOf(child.pid);
    // The init of the namespace passes it on to the daemon, which stops its containers first.
    if (inner !== undefined) process.kill(inner, 'SIGTERM');
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    removeGroups(cgroup);
    // The kernel lets go of the mounts of a namespace a moment after its last process.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  };
  const answers = async (): Promise<boolean> => {
    const asked = await execa(files.docker, ['--host', `unix://${socket}`, 'version'], { reject: false });
    return asked.exitCode === 0;
  };
  for (let waited = 0; waited < START_MS && child.exitCode === null; waited += LOOK_MS) {
    const [pid] = childrenOf(child.pid);
    if (pid !== undefined && (await answers())) return { address: { docker: files.docker, socket, pid, folder }, stop };
    await sleep(LOOK_MS);
  }
  const words = readFileSync(join(folder, 'dockerd.log'), 'utf8').trim().split('\n').at(-1) ?? '';
  await stop();
  return { missing: `the container engine does not start here: ${words}` };
};

const daemonCommand = (
  folder: string,
  cgroup: string,
  socket: string,
  { dockerd, tini }: Extract<EnginePrograms, { files: unknown }>['files'],
): string[] => {
  const config = join(folder, 'daemon.json');
  writeFileSync(config, '{}');
  mkdirSync(join(folder, 'data'));
  return [
    ...['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'],
    ...['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', tini, '--', dockerd],
    ...['--config-file', config, '--host', `unix://${socket}`, '--pidfile', join(folder, 'dockerd.pid')],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--cgroup-parent', `/${cgroup}`],
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--bip', '172.30.0.1/24'],
  ];
};

const childrenOf = (pid: number | undefined): number[] => {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
  } catch {
    return [];
  }
};

/** The kernel keeps groups whose processes are gone; below each controller (version 1) or at the top (version 2). */
const removeGroups = (cgroup: string): void => {
  for (const controller of ['', ...foldersIn(CGROUPS)]) removeTree(join(CGROUPS, controller, cgroup));
};

const removeTree = (dir: string): void => {
  for (const child of foldersIn(dir)) removeTree(join(dir, child));
  try {
    rmdirSync(dir);
  } catch {
    // Not there.
  }
};

const foldersIn = (dir: string): string[] => {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
};
