import { type ChildProcess, spawn } from 'node:child_process';
import type { Drill } from '../drill.ts';
import { type MemoryGroup, missingMemoryGroup, openMemoryGroup } from '../stack/memory-group.ts';
import { pause } from '../stack/wait.ts';

const GROUP_BYTES = 192 * 2 ** 20;
/** Puts itself into a group and takes memory until something ends it. */
const GREEDY =
  "require('fs').writeFileSync(process.argv[1], String(process.pid)); for (const all = []; ; ) all.push(Buffer.alloc(2 ** 20, 1))";
const SCRAPES = 4;

const takeMemory = ({ procsFile }: MemoryGroup): ChildProcess =>
  spawn(process.execPath, ['-e', GREEDY, procsFile], { stdio: 'ignore' });

/** Made before the service is, and needed once it runs. */
const groups = new Map<string, MemoryGroup>();

/** Too little memory. */
export const MEMORY: readonly Drill[] = [
  {
    name: 'memory-kill',
    about:
      'The control group of an engine runs out of memory, and the kernel kills what takes most of it. An e-mail says so, and names the process whose group it is.',
    requestsPerSecond: 2,
    missing: missingMemoryGroup,
    settings: () => ({ alerts: { rules: { OutOfMemoryKill: { enabled: true } } } }),
    prepare: async (place) => {
      groups.set(place.dir, openMemoryGroup(GROUP_BYTES, place));
      place.life.defer(() => void groups.delete(place.dir));
    },
    async inject({ dir, pids, signal, life, profile }) {
      const group = groups.get(dir);
      const [engine] = pids('engine');
      if (group === undefined || engine === undefined) throw new Error('no engine runs');
      group.add(engine);
      // What was killed there before it is part of the group is nobody's news.
      await pause(SCRAPES * profile.scrapeMs, signal);
      const greedy = takeMemory(group);
      life.defer(() => void greedy.kill('SIGKILL'));
    },
    recover: async () => undefined,
    alerts: ['OutOfMemoryKill'],
    told: [{ by: 'mail', alert: 'OutOfMemoryKill' }],
    cleared: [{ by: 'mail', alert: 'OutOfMemoryKill', isOver: true }],
  },
];
