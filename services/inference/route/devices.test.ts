import { afterEach, describe, expect, it } from 'vitest';
import type { Device, DeviceReading } from './devices/device.ts';
import { DeviceWatch } from './devices/watch.ts';
import { ask, configOf, type Harness, NEVER, read, scripted, startHarness } from './harness.ts';
import { missedDevice } from './placement.ts';

const running: Harness[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const device = (uuid: string): Device => ({ uuid, kind: 'cuda', name: 'test', totalBytes: 100, freeBytes: 100 });
const listed = (...uuids: string[]): DeviceReading => ({ kind: 'devices', devices: uuids.map(device) });

const start = (more: Record<string, unknown>, reading: DeviceReading): Harness => {
  const models = [scripted('m', {}, { device: ['GPU-a'], load: 'onDemand', ...more })];
  const harness = startHarness({ models, devices: { read: async () => reading } });
  running.push(harness);
  return harness;
};

describe('a replica that is to run on a device', () => {
  it('is not ready where the device is not there, and names it', async () => {
    const { route, status } = start({}, listed('GPU-b'));
    const { error } = await read(route.generate('m', ask('hello'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA', details: { cause: 'ERR_ROUTE_DEVICE' } });
    expect(`${error}`).toContain('GPU-a is not there (present: GPU-b)');
    expect(status('m').state).toBe('failed');
  });

  it('is not ready when its engine found only the processor', async () => {
    const { route, status } = start({}, listed('GPU-a'));
    const { error } = await read(route.generate('m', ask('hello'), NEVER));
    expect(`${error}`).toContain('it was to run on GPU-a, but its engine found only the processor');
    expect(status('m').replicas[0]?.wantedDevice).toBe('cuda');
  });

  it('answers from the processor where that is allowed', async () => {
    const { route } = start({ allowCpuFallback: true }, listed('GPU-b'));
    expect((await read(route.generate('m', ask('hello'), NEVER))).text).toBe('hello');
  });
});

describe('missedDevice', () => {
  it('is none where the engine uses an accelerator, or none was asked for', () => {
    expect(missedDevice({ kind: 'devices', devices: ['GPU-a'] }, { device: 'cuda' })).toBeUndefined();
    expect(missedDevice({ kind: 'engine', device: 'auto', wantsDevice: false }, { device: 'cpu' })).toBeUndefined();
    expect(missedDevice({ kind: 'engine', device: 'auto', wantsDevice: true }, { device: 'cpu' })).toContain(
      'gpuLayers',
    );
  });
});

describe('DeviceWatch', () => {
  const [model] = configOf([{ id: 'm', device: ['GPU-a'] }]).models;
  if (model === undefined) throw new TypeError('no model');

  it('notices a device that is gone, and one that is back', async () => {
    let reading = listed('GPU-a');
    let now = 0;
    const watch = new DeviceWatch({ source: { read: async () => reading }, now: () => now });
    await watch.look();
    const place = watch.placeFor(model, 60);
    expect(place.join()).toEqual({ kind: 'devices', devices: ['GPU-a'] });
    expect([place.lost(), await watch.lookWhenDue()]).toEqual([undefined, false]);
    reading = { kind: 'unknown', reason: 'busy' };
    now += 20_000;
    expect([await watch.lookWhenDue(), place.lost()]).toEqual([true, undefined]);
    reading = { kind: 'none' };
    await watch.look();
    expect(place.lost()).toContain('GPU-a is gone');
    expect(place.join().kind).toBe('refused');
    reading = listed('GPU-a');
    await watch.look();
    expect(place.join().kind).toBe('devices');
  });

  it('counts what a replica will take until it is seen', async () => {
    const watch = new DeviceWatch({ source: { read: async () => listed('GPU-a') }, now: () => 0 });
    await watch.look();
    const [first, second] = [watch.placeFor(model, 60), watch.placeFor(model, 60)];
    expect([first.join().kind, second.join().kind]).toEqual(['devices', 'refused']);
    first.leave();
    expect(second.join().kind).toBe('devices');
  });
});
