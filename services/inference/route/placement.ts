import type { ModelConfig } from '../../../core/config/schema.ts';
import type { Device, DeviceReading } from './devices/device.ts';

/** A replica that has a place on devices. */
export interface Placed {
  readonly devices: readonly string[];
  readonly needBytes: number;
  /** Was its memory taken before the devices were last looked at? Then it is missing from what is free already. */
  readonly isSeen: boolean;
}

export type Placement =
  /** Where the engine finds itself; `wantsDevice`: the processor alone is not what was asked for. */
  | { readonly kind: 'engine'; readonly device: 'auto' | 'cpu'; readonly wantsDevice: boolean }
  | { readonly kind: 'devices'; readonly devices: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

type Wish = Pick<ModelConfig, 'id' | 'engine' | 'device' | 'gpuLayers' | 'split' | 'allowCpuFallback'>;

interface Question {
  readonly model: Wish;
  /** Of one replica; absent where it cannot be known, which is taken to fit. */
  readonly needBytes: number | undefined;
  readonly reading: DeviceReading;
  readonly placed: readonly Placed[];
}

/** Engines that compute elsewhere, or not at all: only a list of devices asks for one. */
const WITHOUT_DEVICE: ReadonlySet<string> = new Set(['openai', 'scripted']);

/** On which devices a replica runs, so that all that run there fit; or why on none. */
export const placeReplica = (question: Question): Placement => {
  const { model, reading } = question;
  if (!mayUseDevice(model)) return { kind: 'engine', device: 'cpu', wantsDevice: false };
  const isNamed = typeof model.device !== 'string';
  // Other accelerators than those that can be named are the engine's to find.
  if (reading.kind !== 'devices' && !isNamed) {
    return { kind: 'engine', device: 'auto', wantsDevice: isDemanded(model) && !model.allowCpuFallback };
  }
  const placement = reading.kind === 'devices' ? placeOn(question, reading.devices) : nowhere(model, reading);
  if (placement.kind !== 'refused' || !model.allowCpuFallback) return placement;
  return { kind: 'engine', device: 'cpu', wantsDevice: false };
};

const mayUseDevice = ({ engine, device, gpuLayers }: Wish): boolean => {
  if (device === 'cpu' || gpuLayers === 0) return false;
  return !WITHOUT_DEVICE.has(engine) || typeof device !== 'string';
};

const isDemanded = ({ gpuLayers }: Wish): boolean => gpuLayers !== 'auto';

const nowhere = ({ id, device }: Wish, reading: Exclude<DeviceReading, { kind: 'devices' }>): Placement => {
  const why = reading.kind === 'none' ? 'no driver is loaded' : `the devices cannot be listed (${reading.reason})`;
  return { kind: 'refused', reason: `model ${id}: device: expected ${[device].flat().join(', ')}, but ${why}` };
};

const placeOn = (question: Question, devices: readonly Device[]): Placement => {
  const { model, needBytes = 0, placed } = question;
  const found = candidatesOf(model, devices);
  if ('kind' in found) return found;
  const rooms = found.map((device) => roomOf(device, placed)).toSorted((a, b) => a.load - b.load || b.free - a.free);
  const [single] = rooms.filter(({ free }) => free >= needBytes);
  if (single !== undefined && model.split !== 'row') return { kind: 'devices', devices: [single.uuid] };
  const several = model.split === 'none' ? undefined : spread(rooms, needBytes, model.split === 'row');
  if (several !== undefined) return { kind: 'devices', devices: several };
  const numbers = rooms.map(({ uuid, free, totalBytes }) => `${uuid} has ${inMb(free)} of ${inMb(totalBytes)} free`);
  const reason = `model ${model.id}: a replica needs ${inMb(needBytes)}, but ${numbers.join(', ')}; lower slots, context or kvTokens, choose a smaller quantisation, or name other devices`;
  return { kind: 'refused', reason };
};

const candidatesOf = ({ id, device }: Wish, devices: readonly Device[]): readonly Device[] | Placement => {
  const there = devices.map(({ uuid }) => uuid).join(', ') || 'none';
  if (typeof device === 'string') {
    if (devices.length > 0) return devices;
    return { kind: 'refused', reason: `model ${id}: device: expected an accelerator, but the driver lists none` };
  }
  const missing = device.filter((name) => !devices.some(({ uuid }) => uuid.startsWith(name)));
  if (missing.length === 0) return devices.filter(({ uuid }) => device.some((name) => uuid.startsWith(name)));
  const reason = `model ${id}: device: ${missing.join(', ')} is not there (present: ${there}); mend the driver, or name another`;
  return { kind: 'refused', reason };
};

interface Room extends Device {
  readonly free: number;
  /** How many replicas run there. */
  readonly load: number;
}

const roomOf = (device: Device, placed: readonly Placed[]): Room => {
  const here = placed.filter(({ devices }) => devices.includes(device.uuid));
  const unseen = here.filter(({ isSeen }) => !isSeen);
  const promised = unseen.reduce((sum, { needBytes, devices }) => sum + needBytes / devices.length, 0);
  return { ...device, free: Math.max(0, device.freeBytes - promised), load: here.length };
};

/** As few devices as hold it, the emptiest first; by rows, all of them. */
const spread = (rooms: readonly Room[], needBytes: number, isByRow: boolean): readonly string[] | undefined => {
  const chosen: string[] = [];
  let free = 0;
  for (const room of rooms.toSorted((a, b) => b.free - a.free)) {
    chosen.push(room.uuid);
    free += room.free;
    if (free >= needBytes && !isByRow) return chosen;
  }
  return free >= needBytes ? chosen : undefined;
};

const MEGABYTE = 1e6;
const inMb = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;

/** The accelerator a loaded engine was to use and does not; `undefined` where it does as it was told. */
export const missedDevice = (
  placement: Placement | undefined,
  { device }: { readonly device: string },
  mayFallBack = false,
): string | undefined => {
  if (placement === undefined || device !== 'cpu' || mayFallBack) return undefined;
  if (placement.kind === 'devices')
    return `it was to run on ${placement.devices.join(', ')}, but its engine found only the processor`;
  if (placement.kind === 'engine' && placement.wantsDevice) {
    return 'it was to run on an accelerator (gpuLayers), but its engine found only the processor';
  }
  return undefined;
};

/** The kind of device a placement asks for. */
export const wantedKind = (placement: Placement | undefined): 'auto' | 'cpu' | 'cuda' | undefined => {
  if (placement === undefined) return undefined;
  return placement.kind === 'engine' ? placement.device : 'cuda';
};
