import { describe, expect, it } from 'vitest';
import { freeOnDevices } from './device-memory.ts';

const MIB = 1024 * 1024;
const devices = [
  { uuid: 'GPU-aaaa1111-0000-0000-0000-000000000001', freeBytes: 80_995 * MIB },
  { uuid: 'GPU-bbbb2222-0000-0000-0000-000000000002', freeBytes: 1024 * MIB },
];

describe('freeOnDevices', () => {
  const model = { device: 'auto', gpuLayers: 'auto', split: 'layer' } as const;

  it('adds up what a model is spread over', () => {
    expect(freeOnDevices(model, devices)).toBe((80_995 + 1024) * MIB);
    expect(freeOnDevices({ ...model, split: 'none' }, devices)).toBe(80_995 * MIB);
    expect(freeOnDevices({ ...model, device: ['GPU-bbbb2222'] }, devices)).toBe(1024 * MIB);
  });

  it('knows of none for a model on the processor, or on devices that are not there', () => {
    expect(freeOnDevices({ ...model, device: 'cpu' }, devices)).toBeUndefined();
    expect(freeOnDevices({ ...model, gpuLayers: 0 }, devices)).toBeUndefined();
    expect(freeOnDevices({ ...model, device: ['GPU-cccc3333'] }, devices)).toBeUndefined();
    expect(freeOnDevices(model, [])).toBeUndefined();
  });
});
