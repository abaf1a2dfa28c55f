import { existsSync, readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { startDaemon } from './engine/daemon.ts';
import { fetchEnginePrograms } from './engine/programs.ts';
import { givenEngine } from './live.ts';

/** What an engine could leave on the machine: bridges, groups, files, processes. */
const traces = (folder: string, pid: number) => ({
  bridges: Object.keys(networkInterfaces()).filter((name) => /^(docker|br-)/.test(name)),
  groups: ['', ...readdirSync('/sys/fs/cgroup')].filter((controller) =>
    existsSync(`/sys/fs/cgroup/${controller}/clawdbot-test-${process.pid}`),
  ),
  files: existsSync(folder),
  process: existsSync(`/proc/${pid}`),
});

it('is gone with everything that it made when it is stopped', async ({ skip }) => {
  const given = givenEngine();
  if ('missing' in given) return skip(given.missing);
  const programs = await fetchEnginePrograms();
  if ('missing' in programs) return skip(programs.missing);
  const daemon = await startDaemon(programs);
  if ('missing' in daemon) throw new Error(daemon.missing);
  const { folder, pid } = daemon.address;
  // Its bridge is in a network of its own, not on this machine.
  expect(traces(folder, pid)).toMatchObject({ bridges: [], files: true, process: true });
  await daemon.stop();
  expect(traces(folder, pid)).toEqual({ bridges: [], groups: [], files: false, process: false });
});
