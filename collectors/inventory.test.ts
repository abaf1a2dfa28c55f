import { describe, expect, it } from 'vitest';
import { describeFound } from './discovery.ts';
import { Inventory } from './inventory.ts';
import type { AcceleratorReading } from './reader.ts';

const device = (id: string, more: Partial<AcceleratorReading> = {}): AcceleratorReading => ({
  ...{ id, type: 'gpu', vendor: 'NVIDIA', model: 'NVIDIA H200', health: 'ok', samples: [] },
  ...more,
});
const statesOf = (inventory: Inventory, devices: readonly AcceleratorReading[]) =>
  inventory
    .describe('nvidia-smi', devices)
    .flatMap(({ key, value, labels }) =>
      key === 'hwStatus' && value === 1 && 'hw.state' in labels ? [`${labels['hw.id']} ${labels['hw.state']}`] : [],
    );

describe('the inventory', () => {
  it('says of each device how it is, and of one that vanished that it has failed', () => {
    const inventory = new Inventory();
    const both = [device('GPU-a'), device('GPU-b', { health: 'degraded' })];
    inventory.note('nvidia-smi', both);
    expect(statesOf(inventory, both)).toEqual(['GPU-a ok', 'GPU-b degraded']);
    expect(statesOf(inventory, [device('GPU-a')])).toEqual(['GPU-a ok', 'GPU-b failed']);
  });

  it('still expects a device that vanished, and none that another reader has', () => {
    const inventory = new Inventory();
    inventory.note('nvidia-smi', [device('GPU-a'), device('MIG-1', { parent: 'GPU-a', health: 'unknown' })]);
    inventory.note('ascend', [device('npu-1', { type: 'npu' })]);
    expect(statesOf(inventory, [])).toEqual(['GPU-a failed']);
    expect(inventory.expected().map(({ value, labels }) => [...Object.values(labels), value])).toEqual([
      ['gpu', 1],
      ['npu', 1],
    ]);
  });
});

describe('what was found', () => {
  it('is said with the reason for what was not', () => {
    const absent = { name: 'ascend', state: { kind: 'absent', why: 'no program npu-smi' }, devices: [] } as const;
    const failing = { kind: 'failing', reason: 'exit_18', detail: 'driver and library differ' } as const;
    const found = { name: 'nvidia-smi', state: { kind: 'up' }, devices: [device('GPU-a'), device('GPU-b')] } as const;
    expect(describeFound([found, absent])).toBe('2 × NVIDIA H200 (ascend: no program npu-smi)');
    expect(describeFound([{ name: 'nvidia-smi', state: failing, devices: [] }, absent])).toBe(
      'no accelerator (nvidia-smi fails: driver and library differ; ascend: no program npu-smi)',
    );
  });
});
