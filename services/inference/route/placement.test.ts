import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import type { Device, DeviceReading } from './devices/device.ts';
import { type Placed, placeReplica } from './placement.ts';

const GB = 1e9;
const device = (uuid: string, freeGb: number): Device => ({
  ...{ uuid, kind: 'cuda', name: 'test', totalBytes: 80 * GB, freeBytes: freeGb * GB },
});
const two: DeviceReading = { kind: 'devices', devices: [device('GPU-a', 10), device('GPU-b', 20)] };
const NONE: DeviceReading = { kind: 'none' };
const UNKNOWN: DeviceReading = { kind: 'unknown', reason: 'exit 9' };

const place = (model: object, reading: DeviceReading, needGb = 8, placed: readonly Placed[] = []) => {
  const [config] = configSchema.parse({ models: [{ id: 'm', ...model }] }).models;
  if (config === undefined) throw new TypeError('no model');
  return placeReplica({ model: config, needBytes: needGb * GB, reading, placed });
};

describe('placeReplica', () => {
  it('puts one replica on the emptiest device, and the next on another', () => {
    expect(place({}, two)).toEqual({ kind: 'devices', devices: ['GPU-b'] });
    const placed = [{ devices: ['GPU-b'], needBytes: 8 * GB, isSeen: true }];
    expect(place({}, two, 8, placed)).toEqual({ kind: 'devices', devices: ['GPU-a'] });
  });

  it('puts two on one device only where both fit', () => {
    const placed = [
      { devices: ['GPU-a'], needBytes: 8 * GB, isSeen: false },
      { devices: ['GPU-b'], needBytes: 8 * GB, isSeen: false },
    ];
    expect(place({ split: 'none' }, two, 8, placed)).toEqual({ kind: 'devices', devices: ['GPU-b'] });
    expect(place({ split: 'none' }, two, 13, placed)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('needs 13000 MB, but GPU-b has 12000 MB of 80000 MB free, GPU-a has 2000 MB'),
    });
  });

  it('keeps to the devices that are named, and says which is not there', () => {
    expect(place({ device: ['GPU-a'] }, two)).toEqual({ kind: 'devices', devices: ['GPU-a'] });
    expect(place({ device: ['GPU-c'] }, two)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('GPU-c is not there (present: GPU-a, GPU-b)'),
    });
  });

  it('spreads a replica that fits on no single device, unless it must not', () => {
    expect(place({}, two, 25)).toEqual({ kind: 'devices', devices: ['GPU-b', 'GPU-a'] });
    expect(place({ split: 'row' }, two, 1)).toEqual({ kind: 'devices', devices: ['GPU-b', 'GPU-a'] });
    expect(place({ split: 'none' }, two, 25)).toMatchObject({ kind: 'refused' });
    expect(place({}, two, 31)).toMatchObject({ kind: 'refused' });
  });

  it('leaves models for the processor alone', () => {
    const processor = { kind: 'engine', device: 'cpu', wantsDevice: false };
    expect(place({ device: 'cpu' }, two)).toEqual(processor);
    expect(place({ gpuLayers: 0 }, two)).toEqual(processor);
    expect(place({ engine: 'scripted' }, two)).toEqual(processor);
    expect(place({ device: ['GPU-c'], allowCpuFallback: true }, two)).toEqual(processor);
  });

  it('lets the engine look where no device can be named, and insists where one was asked for', () => {
    expect(place({}, NONE)).toEqual({ kind: 'engine', device: 'auto', wantsDevice: false });
    expect(place({ gpuLayers: 'all' }, NONE)).toEqual({ kind: 'engine', device: 'auto', wantsDevice: true });
    expect(place({}, UNKNOWN)).toEqual({ kind: 'engine', device: 'auto', wantsDevice: false });
    expect(place({ device: ['GPU-a'] }, NONE)).toMatchObject({
      reason: expect.stringContaining('no driver is loaded'),
    });
    expect(place({ device: ['GPU-a'] }, UNKNOWN)).toMatchObject({ reason: expect.stringContaining('exit 9') });
  });

  it('takes a machine that lost its last device for one that has one', () => {
    expect(place({}, { kind: 'devices', devices: [] })).toMatchObject({ kind: 'refused' });
  });
});
