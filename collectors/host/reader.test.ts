import { describe, expect, it } from 'vitest';
import { KERNEL } from '../../tests/contract/collectors/machine.ts';
import { fileTree, kernelTree } from '../../tests/kernel-tree.ts';
import { FakeClock } from '../fake-clock.ts';
import type { Sample } from '../sample.ts';
import { HostReader } from './reader.ts';

const open = (tree = { ...KERNEL }, platform: NodeJS.Platform = 'linux') => {
  const clock = new FakeClock();
  const places = { root: '/', data: '/nowhere', models: '/nowhere' };
  const reader = new HostReader({
    ...{ intervalMs: 1000, clock, files: kernelTree(tree), devices: fileTree(tree), places, platform },
    spaceOf: () => Promise.reject(new Error('ENOENT')),
  });
  const read = async (): Promise<readonly Sample[]> => {
    const outcome = await reader.read();
    return outcome.kind === 'read' ? outcome.reading : [];
  };
  return { clock, read, tree };
};

const only = (samples: readonly Sample[], key: Sample['key']) =>
  samples.filter((each) => each.key === key).map(({ value, labels }) => [...Object.values(labels), value]);

describe('the machine', () => {
  it('tells time of its processors, and their shares from the second reading on', async () => {
    const { read, tree } = open();
    const first = await read();
    expect(only(first, 'cpuTime').slice(0, 3)).toEqual([
      ['user', 1],
      ['nice', 0.1],
      ['system', 0.5],
    ]);
    expect(only(first, 'cpuCount')).toEqual([[2]]);
    expect(only(first, 'cpuUtilization')).toEqual([]);
    tree['/proc/stat'] = 'cpu  150 10 75 1020 10 0 3 2 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n';
    expect(only(await read(), 'cpuUtilization')).toEqual([
      ['user', expect.closeTo(0.5)],
      ['nice', 0],
      ['system', expect.closeTo(0.25)],
      ['idle', expect.closeTo(0.2)],
      ['iowait', expect.closeTo(0.05)],
      ['interrupt', 0],
      ['softirq', 0],
      ['steal', 0],
    ]);
  });

  it('tells memory by use, adding up to the limit, and swap', async () => {
    const samples = await open().read();
    const memory = only(samples, 'memoryUsage');
    expect(memory).toEqual([
      ['used', 4800 * 1024],
      ['free', 4000 * 1024],
      ['cached', 6200 * 1024],
      ['buffers', 1000 * 1024],
    ]);
    expect(memory.reduce((sum, [, bytes]) => sum + Number(bytes), 0)).toBe(16_000 * 1024);
    expect(only(samples, 'memoryAvailable')).toEqual([[10_000 * 1024]]);
    expect(only(samples, 'swapUsage')).toEqual([
      ['used', 500 * 1024],
      ['free', 1500 * 1024],
    ]);
    expect(only(samples, 'oomKills')).toEqual([[3]]);
  });

  it('tells disks but no partitions, and the network but no loopback', async () => {
    const samples = await open().read();
    expect(only(samples, 'diskOperationTime')).toEqual([
      ['vda', 'read', 0.15],
      ['vda', 'write', 0.45],
    ]);
    expect(only(samples, 'diskIo')).toEqual([
      ['vda', 'read', 800 * 512],
      ['vda', 'write', 1600 * 512],
    ]);
    expect(only(samples, 'networkIo')).toEqual([
      ['eth0', 'receive', 1000],
      ['eth0', 'transmit', 2000],
    ]);
    expect(only(samples, 'networkDropped')).toEqual([
      ['eth0', 'receive', 2],
      ['eth0', 'transmit', 4],
    ]);
  });

  it('tells pressure and temperatures', async () => {
    const samples = await open().read();
    expect(only(samples, 'pressure')).toEqual([
      ['cpu', 'some', 3],
      ['io', 'some', 5e-6],
      ['io', 'full', 4e-6],
    ]);
    expect(only(samples, 'temperature')).toEqual([['thermal_zone0', 'temperature', 'x86_pkg_temp', 45]]);
  });

  it('tells the space of a file system while another one hangs', async () => {
    const clock = new FakeClock();
    const tree = { ...KERNEL };
    const reader = new HostReader({
      ...{ intervalMs: 1000, clock, files: kernelTree(tree), devices: fileTree(tree), platform: 'linux' },
      places: { root: '/', data: '/data', models: '/dead-server' },
      spaceOf: async (folder) =>
        folder === '/dead-server' ? new Promise(() => undefined) : { bsize: 4096, blocks: 100, bfree: 50, bavail: 40 },
    });
    const outcome = reader.read();
    await clock.advance(reader.deadlineMs);
    const { reading } = (await outcome) as { readonly reading: readonly Sample[] }; // it cannot fail here
    expect(only(reading, 'filesystemLimit')).toEqual([
      ['root', 409_600],
      ['data', 409_600],
    ]);
    expect(only(reading, 'temperature')).toHaveLength(1);
  });

  it('leaves out what the kernel does not have, and never says 0 for it', async () => {
    const samples = await open({ '/proc/loadavg': '0.00 0.01 0.05 1/100 42\n' }).read();
    expect(samples.map(({ key }) => key)).toEqual(['load', 'load', 'load']);
    expect(only(samples, 'load')[0]).toEqual(['1m', 0]);
  });

  it('tells what Node knows on a system without /proc', async () => {
    const keys = new Set((await open({}, 'darwin').read()).map(({ key }) => key));
    expect([...keys].sort()).toEqual(['cpuCount', 'cpuTime', 'load', 'memoryLimit', 'memoryUsage']);
  });
});
