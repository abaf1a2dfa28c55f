import type { ModelConfig } from '../../../../core/config/schema.ts';
import { type Placed, type Placement, placeReplica } from '../placement.ts';
import type { DeviceReading, DeviceSource } from './device.ts';

/** One replica's place on the devices of this machine. */
export interface DevicePlace {
  /** Takes a place, or says why there is none; the one it had is given back first. */
  join(): Placement;
  leave(): void;
  /** Its memory is taken from now on, and seen at the next look. */
  settled(): void;
  /** What it lost since it took its place; absent: nothing. */
  lost(): string | undefined;
}

interface Options {
  readonly source: DeviceSource;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** One device and who is on it, by the latest look. */
export interface DeviceUse {
  readonly uuid: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly replicas: number;
}

interface Tenancy extends Omit<Placed, 'isSeen'> {
  settledAt: number | undefined;
}

/** Starting the driver's program costs more than a look is worth more often. */
const LOOK_MS = 10_000;

/** Who runs on which device, by the latest look at them. */
export class DeviceWatch {
  readonly #given: Options;
  readonly #tenancies = new Map<object, Tenancy>();
  #reading: DeviceReading = { kind: 'none' };
  #lookedAt = Number.NEGATIVE_INFINITY;
  #hadDevices = false;
  #looking: Promise<void> | undefined;

  constructor(given: Options) {
    this.#given = given;
  }

  /** Looks at the devices now; one look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Looks again when it is time to, and only where there ever was a device. */
  async lookWhenDue(): Promise<boolean> {
    if (!this.#hadDevices || this.#given.now() - this.#lookedAt < LOOK_MS) return false;
    await this.look();
    return true;
  }

  placeFor(model: ModelConfig, needBytes: number | undefined): DevicePlace {
    const key = {};
    return {
      join: () => {
        this.#tenancies.delete(key);
        const placement = placeReplica({ model, needBytes, reading: this.#reading, placed: this.#placed() });
        if (placement.kind === 'devices') {
          const { devices } = placement;
          this.#tenancies.set(key, { devices, needBytes: needBytes ?? 0, settledAt: undefined });
        }
        return placement;
      },
      leave: () => this.#tenancies.delete(key),
      settled: () => {
        const tenancy = this.#tenancies.get(key);
        if (tenancy !== undefined) tenancy.settledAt ??= this.#given.now();
      },
      lost: () => this.#lostOf(this.#tenancies.get(key)),
    };
  }

  /** Where one more replica would run that shares no device; `refused` where all that would do are taken. */
  freeFor(model: ModelConfig, needBytes: number | undefined): Placement {
    const taken = new Set([...this.#tenancies.values()].flatMap(({ devices }) => devices));
    const reading = this.#reading;
    const free = reading.kind === 'devices' ? reading.devices.filter(({ uuid }) => !taken.has(uuid)) : [];
    const placement = placeReplica({ model, needBytes, reading, placed: this.#placed() });
    if (placement.kind !== 'devices' || placement.devices.every((uuid) => !taken.has(uuid))) return placement;
    const reason = `model ${model.id}: no free device: ${taken.size} of ${taken.size + free.length} are taken`;
    return { kind: 'refused', reason };
  }

  /** Every device there is, and how many replicas run on it. */
  overview(): readonly DeviceUse[] {
    if (this.#reading.kind !== 'devices') return [];
    const held = [...this.#tenancies.values()].flatMap(({ devices }) => devices);
    return this.#reading.devices.map(({ uuid, totalBytes, freeBytes }) => ({
      ...{ uuid, totalBytes, freeBytes },
      replicas: held.filter((one) => one === uuid).length,
    }));
  }

  async #look(): Promise<void> {
    const startedAt = this.#given.now();
    const reading = await this.#given.source.read();
    this.#hadDevices ||= reading.kind === 'devices' && reading.devices.length > 0;
    this.#reading = this.#hadDevices ? vanished(reading) : unheardOf(reading);
    this.#lookedAt = startedAt;
  }

  #lostOf(tenancy: Tenancy | undefined): string | undefined {
    const reading = this.#reading;
    if (tenancy === undefined || reading.kind !== 'devices') return undefined;
    const gone = tenancy.devices.filter((uuid) => !reading.devices.some((device) => device.uuid === uuid));
    return gone.length === 0 ? undefined : `device ${gone.join(', ')} is gone`;
  }

  #placed(): readonly Placed[] {
    return [...this.#tenancies.values()].map(({ settledAt, ...placed }) => ({
      ...placed,
      isSeen: settledAt !== undefined && settledAt < this.#lookedAt,
    }));
  }
}

/** Devices that were there once are missed when their driver is gone. */
const vanished = (reading: DeviceReading): DeviceReading =>
  reading.kind === 'none' ? { kind: 'devices', devices: [] } : reading;

/** A driver that never had a device is as good as none. */
const unheardOf = (reading: DeviceReading): DeviceReading =>
  reading.kind === 'devices' && reading.devices.length === 0 ? { kind: 'none' } : reading;
