import { describe, expect, it } from 'vitest';
import { findFolders, readMounts } from '../../core/hardware/control-group.ts';
import { GROUP, KERNEL, processTree } from '../../tests/contract/collectors/machine.ts';
import { type KernelTree, kernelTree } from '../../tests/kernel-tree.ts';
import { FakeClock } from '../fake-clock.ts';
import type { Sample } from '../sample.ts';
import { readGroup } from './cgroup.ts';
import { ProcessReader } from './reader.ts';

const open = (tree: KernelTree = { ...KERNEL }) => {
  const clock = new FakeClock();
  const reader = new ProcessReader({ intervalMs: 1000, clock, files: kernelTree(tree), roots: () => [100] });
  const read = async (): Promise<readonly Sample[]> => {
    const outcome = await reader.read();
    return outcome.kind === 'read' ? outcome.reading : [];
  };
  return { clock, reader, read, tree };
};

const of = (samples: readonly Sample[], key: Sample['key']) =>
  samples
    .filter((each) => each.key === key)
    .map(({ value, labels }) => {
      const { 'clawdbot.process': kind, 'clawdbot.process.index': index, ...more } = labels as Record<string, unknown>;
      return [`${kind} ${index}`, ...Object.values(more), value];
    });

const remove = (tree: KernelTree, pid: number): void => {
  for (const path of Object.keys(tree)) if (path.startsWith(`/proc/${pid}/`)) delete tree[path];
};

describe('our processes', () => {
  it('are those below the supervisor, each with its kind and number', async () => {
    const samples = await open().read();
    expect(of(samples, 'processThreads')).toEqual([
      ['supervisor 0', 11],
      ['gateway 0', 11],
      ['collectors 0', 11],
      ['engine 0', 11],
    ]);
    expect(of(samples, 'processCpuTime').slice(0, 2)).toEqual([
      ['supervisor 0', 'user', 2.5],
      ['supervisor 0', 'system', 0.5],
    ]);
    expect(of(samples, 'processHandles')[0]).toEqual(['supervisor 0', 3]);
    expect(of(samples, 'processHandleLimit')[0]).toEqual(['supervisor 0', 1024]);
    expect(of(samples, 'processUptime')[0]).toEqual(['supervisor 0', 800]);
  });

  it('keep their number when another takes their place, which is counted', async () => {
    const { read, tree, clock, reader } = open();
    await read();
    remove(tree, 102);
    tree['/proc/101/task/101/children'] = '200 ';
    Object.assign(tree, processTree(200, 101, ['/opt/node', '/srv/clawdbot/services/engine/main.ts'], []));
    await read();
    await clock.advance(1000);
    const samples = await read();
    expect(of(samples, 'processRestarts')).toContainEqual(['engine 0', 1]);
    expect(reader.ownerOf(200)).toEqual({ kind: 'engine', index: 0 });
    expect(reader.ownerOf(102)).toBeUndefined();
  });

  it('are not confused with a stranger that has the same process id', async () => {
    const { read, tree } = open();
    await read();
    tree['/proc/102/stat'] = (tree['/proc/102/stat'] ?? '').replace(' 20000 ', ' 99000 ');
    expect(of(await read(), 'processThreads').map(([name]) => name)).not.toContain('engine 0');
  });

  it('that are tools of ours count as other, without restarts', async () => {
    const { read, tree } = open();
    tree['/proc/103/task/103/children'] = '300 ';
    Object.assign(tree, processTree(300, 103, ['/usr/bin/nvidia-smi', '-l', '1'], []));
    const samples = await read();
    expect(of(samples, 'processThreads')).toContainEqual(['other 0', 11]);
    expect(of(samples, 'processRestarts').map(([name]) => name)).not.toContain('other 0');
  });

  it('are absent where there is no /proc', async () => {
    expect((await open({}).reader.read()).kind).toBe('absent');
  });
});

describe('a control group', () => {
  it('of version 2 stands at the first process in it, with the tightest limit around it', async () => {
    const samples = await open().read();
    expect(of(samples, 'cgroupCpuTime')).toEqual([['supervisor 0', 5]]);
    expect(of(samples, 'cgroupCpuLimit')).toEqual([['supervisor 0', 1.5]]);
    expect(of(samples, 'cgroupThrottledTime')).toEqual([['supervisor 0', 1.5]]);
    expect(of(samples, 'cgroupThrottledPeriods')).toEqual([['supervisor 0', 7]]);
    expect(of(samples, 'cgroupMemoryLimit')).toEqual([['supervisor 0', 2 ** 31]]);
    expect(of(samples, 'cgroupOomKills')).toEqual([['supervisor 0', 2]]);
    expect(of(samples, 'cgroupPressure')).toEqual([
      ['supervisor 0', 'memory', 'some', 2],
      ['supervisor 0', 'memory', 'full', 1],
    ]);
  });

  const V1: KernelTree = {
    '/proc/self/mountinfo':
      '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.stat': 'nr_periods 10\nnr_throttled 4\nthrottled_time 2500000000\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/a/cpuacct.usage': '7000000000\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us': '200000\n',
    '/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/memory/docker/a/memory.usage_in_bytes': '4096\n',
    '/sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/docker/a/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 5\n',
  };
  const groupIn = (tree: KernelTree, cgroup: string) => {
    const files = kernelTree(tree);
    const folders = findFolders(files, cgroup, readMounts(tree['/proc/self/mountinfo'] ?? ''));
    return folders === undefined ? undefined : readGroup(files, folders);
  };

  it('of version 1 is read beside an empty version 2', () => {
    expect(groupIn(V1, '4:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n0::/\n')).toEqual({
      ...{ cpuSeconds: 7, cpuLimit: 2, throttledSeconds: 2.5, throttledPeriods: 4 },
      ...{ memoryBytes: 4096, memoryLimit: undefined, oomKills: 5, stalls: [] },
    });
  });

  it('is found in a container that sees only its own', () => {
    const tree = { '/proc/self/mountinfo': GROUP['/proc/self/mountinfo'] ?? '', '/sys/fs/cgroup/memory.max': '1024\n' };
    expect(groupIn(tree, '0::/kubepods/burstable/pod1/abc\n')).toMatchObject({
      memoryLimit: 1024,
      oomKills: undefined,
    });
  });

  it('is absent where none is mounted', () => expect(groupIn({}, '0::/\n')).toBeUndefined());
});
