import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { type Another, findAnother } from './another.ts';
import type { Device, DeviceReading } from './devices/device.ts';
import { DeviceWatch } from './devices/watch.ts';
import { MemoryRoom } from './memory-room.ts';
import type { PreparationState } from './preparation.ts';
import type { ModelSupply } from './supply.ts';
import { createThreadBudget } from './thread-budget.ts';

const GB = 1e9;
const device = (uuid: string): Device => ({ uuid, kind: 'cuda', name: uuid, totalBytes: 24 * GB, freeBytes: 20 * GB });

interface Machine {
  /** What replicas that run already claim. */
  readonly claims?: readonly (number | 'auto')[];
  readonly threads?: number;
  readonly devices?: readonly string[];
  /** Replicas that have a place on a device already. */
  readonly onDevices?: number;
  readonly fits?: boolean;
  readonly isPrepared?: boolean;
}

const find = async (wish: Record<string, unknown>, machine: Machine = {}): Promise<Another> => {
  const [model] = configSchema.parse({
    models: [{ id: 'm', engine: 'llama', sources: [{ file: 'm.gguf' }], ...wish }],
  }).models;
  if (model === undefined) throw new Error('expected a model');
  const threads = createThreadBudget(machine.threads ?? 4);
  for (const claim of machine.claims ?? []) threads.join({ claim, isExtra: false, apply: () => undefined });
  const reading: DeviceReading =
    machine.devices === undefined ? { kind: 'none' } : { kind: 'devices', devices: machine.devices.map(device) };
  const devices = new DeviceWatch({ source: { read: async () => reading }, now: () => 0 });
  await devices.look();
  for (let index = 0; index < (machine.onDevices ?? 0); index += 1) devices.placeFor(model, GB).join();
  const state: PreparationState<string> =
    machine.isPrepared === false
      ? { kind: 'absent' }
      : { kind: 'prepared', files: [], facts: '', plan: { context: 'auto', kvTokens: 'auto', needBytes: GB } };
  const supply: Pick<ModelSupply<string>, 'fits'> = {
    fits: () => (machine.fits === false ? { ok: false, reason: 'not enough memory' } : { ok: true }),
  };
  const memory = new MemoryRoom({ budgetBytes: 'auto', minResidenceMs: 0, lodgers: () => [], now: () => 0 });
  return findAnother(
    { supply: supply as ModelSupply<string>, memory, threads, devices },
    { model, preparation: { state }, group: { serving: new Array((machine.claims ?? []).length).fill(undefined) } },
  );
};

const lacks = (what: string) => expect.objectContaining({ fits: false, lacks: what });

describe('one more replica', () => {
  it('fits where cores are left that no other has', async () => {
    expect(await find({ threads: 1 }, { claims: [1] })).toEqual({ fits: true });
    expect(await find({ threads: 2 }, { claims: [1, 2] })).toEqual(lacks('cores'));
    expect(await find({ threads: 'auto' }, { claims: [1] })).toEqual({ fits: true });
  });

  it('does not fit where it would only share the cores of the others', async () => {
    expect(await find({ threads: 'auto' }, { claims: ['auto'] })).toMatchObject({
      lacks: 'cores',
      reason: 'model m: no free cores: 4 of 4 threads are taken, and more replicas would only share them',
    });
  });

  it('needs memory too', async () => {
    expect(await find({ threads: 1 }, { claims: [1], fits: false })).toMatchObject({
      lacks: 'memory',
      reason: 'not enough memory',
    });
  });

  it('needs a device that no other uses, where it runs on one', async () => {
    const two = ['GPU-a', 'GPU-b'];
    expect(await find({ threads: 1 }, { devices: two, onDevices: 1, claims: [1] })).toEqual({ fits: true });
    expect(await find({ threads: 1 }, { devices: two, onDevices: 2, claims: [1] })).toMatchObject({
      lacks: 'device',
      reason: 'model m: no free device: 2 of 2 are taken',
    });
  });

  it('takes nothing of this machine where its engine computes elsewhere', async () => {
    expect(await find({ engine: 'scripted', sources: [] }, { claims: ['auto'] })).toEqual({ fits: true });
  });

  it('of a model that is not loaded says so', async () => {
    expect(await find({}, { isPrepared: false })).toEqual(lacks('model'));
  });
});
