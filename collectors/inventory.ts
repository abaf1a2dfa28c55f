import type { AcceleratorReading } from './reader.ts';
import { type Sample, sample } from './sample.ts';

const STATES = ['ok', 'degraded', 'failed'] as const;

/** Remembers every accelerator that was there, so that one that vanishes is missed. */
export class Inventory {
  /** By id; slices are not missed, because they are made and unmade on purpose. */
  readonly #seen = new Map<string, { readonly type: AcceleratorReading['type']; readonly plugin: string }>();

  note(plugin: string, devices: readonly AcceleratorReading[]): void {
    for (const { id, type, parent } of devices) if (parent === undefined) this.#seen.set(id, { type, plugin });
  }

  /** How many there should be. */
  expected(): Sample[] {
    return (['gpu', 'npu'] as const).map((type) =>
      sample('acceleratorExpected', [...this.#seen.values()].filter((each) => each.type === type).length, {
        'hw.type': type,
      }),
    );
  }

  /** What the devices of one plugin are and how they are, and that those it no longer tells of have failed. */
  describe(plugin: string, devices: readonly AcceleratorReading[]): Sample[] {
    const present = new Set(devices.map(({ id }) => id));
    const vanished = [...this.#seen].filter(([id, seen]) => seen.plugin === plugin && !present.has(id));
    return [
      ...devices.flatMap((device) => [infoOf(device), ...statusOf(device.id, device.type, device.health)]),
      ...vanished.flatMap(([id, { type }]) => statusOf(id, type, 'failed')),
    ];
  }
}

const infoOf = ({ id, type, vendor, model, driverVersion, parent }: AcceleratorReading): Sample =>
  sample('acceleratorInfo', 1, {
    ...{ 'hw.id': id, 'hw.type': type, 'hw.vendor': vendor, 'hw.model': model },
    ...(driverVersion === undefined ? {} : { 'hw.driver_version': driverVersion }),
    ...(parent === undefined ? {} : { 'hw.parent': parent }),
  });

const statusOf = (id: string, type: AcceleratorReading['type'], health: AcceleratorReading['health']): Sample[] =>
  health === 'unknown'
    ? []
    : STATES.map((state) =>
        sample('hwStatus', state === health ? 1 : 0, { 'hw.id': id, 'hw.type': type, 'hw.state': state }),
      );
