import { describe, expect, it } from 'vitest';
import { AMD_CARD } from '../../../tests/contract/collectors/machine.ts';
import { fileTree, type KernelTree } from '../../../tests/kernel-tree.ts';
import { FakeClock } from '../../fake-clock.ts';
import type { FileSource } from '../../files.ts';
import { Poll } from '../../poll.ts';
import { quietLog } from '../../quiet-log.ts';
import type { AcceleratorReading } from '../../reader.ts';
import { identifyCard, measureCard } from './card.ts';
import { amdCollector } from './plugin.ts';

const DIR = '/sys/class/drm/card0';
const CARD = `${DIR}/device`;
const readCard = async (files: FileSource): Promise<AcceleratorReading | undefined> => {
  const identity = await identifyCard(files, DIR, undefined);
  return identity && measureCard(files, DIR, identity);
};
const read = (changes: KernelTree = {}) => readCard(fileTree({ ...AMD_CARD, ...changes }));
const values = (card: AcceleratorReading | undefined) =>
  card?.samples.map(({ key, value, labels }) => {
    const { 'hw.id': _id, 'hw.type': _type, ...more } = labels as Record<string, unknown>;
    return [key, value, ...Object.values(more)];
  });

describe('an AMD card', () => {
  it('is read with its hotspot, in base units', async () => {
    const card = await read();
    expect(card).toMatchObject({ id: '7a1f0c3d5e9b2468', vendor: 'AMD', model: 'AMD Radeon PRO W7900', health: 'ok' });
    expect(values(card)).toEqual([
      ['gpuUtilization', 0.73, 'general'],
      ['gpuUtilization', 0.12, 'memory'],
      ['gpuMemoryUsage', 1_073_741_824],
      ['gpuMemoryLimit', 48_301_604_864],
      ['pcieLanes', 16, 'current'],
      ['pcieLanes', 16, 'max'],
      ['hwErrors', 0, 'ecc_uncorrected'],
      ['hwErrors', 3, 'ecc_corrected'],
      ['temperature', 55, 'edge'],
      ['temperatureLimit', 100, 'edge'],
      ['temperature', 71, 'hotspot'],
      ['temperatureLimit', 110, 'hotspot'],
      ['temperature', 68, 'memory'],
      ['power', 187],
      ['powerLimit', 241],
      ['clock', 1_855_000_000, 'graphics'],
      ['clock', 1_124_000_000, 'memory'],
      ['fanSpeed', 0.4],
    ]);
  });

  it('without an id of its own is known by its bus address', async () => {
    expect((await read({ [`${CARD}/unique_id`]: '0\n' }))?.id).toBe('pci-0000:03:00.0');
  });

  it('that lacks fields, as processors with graphics do, leaves them out', async () => {
    const few = {
      [`${CARD}/vendor`]: '0x1002\n',
      [`${CARD}/uevent`]: 'PCI_SLOT_NAME=0000:03:00.0\n',
      [`${CARD}/gpu_busy_percent`]: '0\n',
    };
    const card = await readCard(fileTree(few));
    expect(values(card)).toEqual([['gpuUtilization', 0, 'general']]);
    expect(card?.health).toBe('ok');
  });

  it('that does not answer has failed, and costs only the series that it does not answer', async () => {
    const card = await read({ [`${CARD}/gpu_busy_percent`]: 'EIO', [`${CARD}/hwmon/hwmon4/power1_average`]: 'EBUSY' });
    expect(card?.health).toBe('failed');
    expect(values(card)).toHaveLength(16);
  });

  it('of another vendor is not ours', async () => {
    expect(await read({ [`${CARD}/vendor`]: '0x8086\n' })).toBeUndefined();
  });
});

describe('the reader of AMD cards', () => {
  const open = (tree: KernelTree) => {
    const clock = new FakeClock();
    const context = { intervalMs: 1000, clock, files: fileTree(tree), log: quietLog } as const;
    const owners = { ownerOf: () => undefined };
    const start = () => ({ ended: Promise.resolve({ kind: 'missing', detail: '' } as const), kill: () => undefined });
    return amdCollector.start({ ...context, owners, start, config: amdCollector.config({}) });
  };
  const { signal } = new AbortController();

  it('says that there is none', async () => {
    expect(await (await open({})).read(signal)).toEqual({ kind: 'absent', why: 'no AMD card in /sys/class/drm' });
  });

  it('is given up at its deadline while a file does not answer, and asked no second time', async () => {
    const clock = new FakeClock();
    let reads = 0;
    const files = fileTree(AMD_CARD);
    const hanging = {
      list: files.list,
      read: (path: string) => {
        if (!path.endsWith('gpu_busy_percent')) return files.read(path);
        reads += 1;
        return new Promise<string>(() => undefined);
      },
    };
    const start = () => ({ ended: Promise.resolve({ kind: 'missing', detail: '' } as const), kill: () => undefined });
    const context = { intervalMs: 1000, clock, files: hanging, log: quietLog, start } as const;
    const reader = await amdCollector.start({
      ...{ ...context, owners: { ownerOf: () => undefined } },
      config: amdCollector.config({ deadlineMs: 2000 }),
    });
    const poll = new Poll({ reader, clock });
    poll.start();
    await clock.advance(2000);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'deadline' });
    await clock.advance(60_000);
    expect(poll.state).toMatchObject({ kind: 'failing', reason: 'stuck' });
    expect(reads).toBe(1);
  });

  it('tells of one that hangs that it has failed, and of the others what they say', async () => {
    const clock = new FakeClock();
    const other = Object.fromEntries(
      Object.entries(AMD_CARD).map(([path, text]) => [
        path.replace('card0', 'card1'),
        path.endsWith('unique_id') ? '1234\n' : text,
      ]),
    );
    const files = fileTree({ ...AMD_CARD, ...other });
    let reads = 0;
    const hanging: FileSource = {
      list: files.list,
      read: (path) => {
        if (path !== `${CARD}/gpu_busy_percent`) return files.read(path);
        reads += 1;
        return new Promise<string>(() => undefined);
      },
    };
    const start = () => ({ ended: Promise.resolve({ kind: 'missing', detail: '' } as const), kill: () => undefined });
    const reader = await amdCollector.start({
      ...{ intervalMs: 1000, clock, files: hanging, log: quietLog, start, owners: { ownerOf: () => undefined } },
      config: amdCollector.config({}),
    });
    for (let look = 0; look < 2; look += 1) {
      const outcome = reader.read(signal);
      await clock.advance(reader.deadlineMs);
      expect(await outcome).toMatchObject({
        kind: 'read',
        reading: [
          { id: '7a1f0c3d5e9b2468', health: 'failed', samples: [] },
          { id: '1234', health: 'ok' },
        ],
      });
    }
    expect(reads).toBe(1);
  });

  it('keeps the name of a card that no longer tells its own', async () => {
    const tree: KernelTree = { ...AMD_CARD };
    const reader = await open(tree);
    await reader.read(signal);
    tree[`${CARD}/unique_id`] = 'EIO';
    tree[`${CARD}/gpu_busy_percent`] = 'EIO';
    expect(await reader.read(signal)).toMatchObject({ reading: [{ id: '7a1f0c3d5e9b2468', health: 'failed' }] });
  });

  it('drops a torn reading', async () => {
    const torn = { ...AMD_CARD, [`${CARD}/hwmon/hwmon4/temp2_input`]: '2112000\n' };
    const outcome = await (await open(torn)).read(signal);
    expect(outcome).toMatchObject({ kind: 'read', implausible: 1 });
  });
});
