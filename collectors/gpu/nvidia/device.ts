import { THROTTLE_REASONS } from '../../../core/telemetry/metrics.ts';
import type { AcceleratorReading, CollectorKey } from '../../reader.ts';
import { type Sample, sample } from '../../sample.ts';
import { bitsIn, type Cell, numberIn, readCell } from './cell.ts';
import type { Query, SpecialField } from './fields.ts';

/** One row, read: the device without what other commands add to it. */
export interface NvidiaDevice extends AcceleratorReading {
  /** `0000:83:00`, as the kernel log names it. */
  readonly bus: string | undefined;
  readonly hasSlices: boolean;
  /** Fields whose text is neither a value nor a known word for none. */
  readonly unreadable: readonly string[];
}

/** In the order of the bits of `clocks_event_reasons.active`. */
const BITS = THROTTLE_REASONS;
const SLOWDOWNS: ReadonlySet<string> = new Set(['hw_slowdown', 'hw_thermal', 'hw_power_brake']);

const RECOVERIES = {
  none: 'none',
  'gpu reset': 'reset',
  reset: 'reset',
  'node reboot': 'reboot',
  reboot: 'reboot',
  'drain p2p': 'drain_p2p',
  'drain and reset': 'drain_and_reset',
} as const;
const RECOVERY_ACTIONS = ['none', 'reset', 'reboot', 'drain_p2p', 'drain_and_reset', 'other'] as const;

/** Reads the row of one device. `known` finds the UUID of a device too sick to tell its own. */
export const readDevice = (
  cells: readonly string[],
  query: Query,
  known: ReadonlyMap<string, string> = new Map(),
): NvidiaDevice => {
  const cell = (field: SpecialField): Cell => {
    const column = query.special[field];
    return column === undefined ? { kind: 'absent' } : readCell(cells[column] ?? '');
  };
  const text = (field: SpecialField): string | undefined => {
    const found = cell(field);
    return found.kind === 'value' ? found.text : undefined;
  };
  const bus = busOf(text('bus'));
  const id = text('uuid') ?? known.get(bus ?? '') ?? `pci-${bus ?? 'unknown'}`;
  const labels = { 'hw.id': id, 'hw.type': 'gpu' } as const;
  const unreadable: string[] = [];
  const samples: Sample[] = [];
  let faults = cell('uuid').kind === 'fault' ? 1 : 0;
  for (const { field, column } of query.numbers) {
    const found = readCell(cells[column] ?? '');
    if (found.kind === 'fault') faults += 1;
    if (found.kind !== 'value') continue;
    const number = numberIn(found.text);
    if (number === undefined) unreadable.push(query.names[column] ?? '');
    // Safe: the table pairs each key with labels of that key; the compiler loses the pair in the loop.
    else
      samples.push({
        key: field.key,
        value: number * field.scale,
        labels: { ...labels, ...field.labels },
      } as Sample<CollectorKey>);
  }
  const throttled = throttleOf(text('throttle'));
  for (const reason of throttled === undefined ? [] : BITS) {
    samples.push(sample('throttled', throttled?.has(reason) === true ? 1 : 0, { ...labels, reason }));
  }
  const recovery = recoveryOf(text('recovery'));
  for (const action of recovery === undefined ? [] : RECOVERY_ACTIONS) {
    samples.push(sample('recovery', action === recovery ? 1 : 0, { ...labels, action }));
  }
  const repairs = { pending: text('repairPending'), failed: text('repairFailed') };
  for (const state of ['pending', 'failed'] as const) {
    const word = repairs[state];
    if (word !== undefined) samples.push(sample('memoryRepair', isYes(word) ? 1 : 0, { ...labels, state }));
  }
  const driverVersion = text('driver');
  const needsCare =
    (recovery !== undefined && recovery !== 'none') ||
    [...(throttled ?? [])].some((reason) => SLOWDOWNS.has(reason)) ||
    isYes(repairs.failed) ||
    isYes(repairs.pending);
  return {
    ...{ id, type: 'gpu', vendor: 'NVIDIA', model: text('name') ?? 'unknown', bus, samples, unreadable },
    ...(driverVersion === undefined ? {} : { driverVersion }),
    hasSlices: text('mig') === 'Enabled',
    health: faults > 0 ? 'failed' : needsCare ? 'degraded' : 'ok',
  };
};

/** `00000000:83:00.0` as the kernel writes it: `0000:83:00`. */
export const busOf = (text: string | undefined): string | undefined =>
  /([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?$/i.exec(text ?? '')?.[1]?.toLowerCase();

const isYes = (word: string | undefined): boolean => /^(yes|1|active)$/i.test(word ?? '');

const throttleOf = (text: string | undefined): ReadonlySet<string> | undefined => {
  const bits = text === undefined ? undefined : bitsIn(text);
  if (bits === undefined) return undefined;
  return new Set(BITS.filter((_reason, bit) => Math.floor(bits / 2 ** bit) % 2 === 1));
};

const recoveryOf = (text: string | undefined): (typeof RECOVERY_ACTIONS)[number] | undefined => {
  if (text === undefined) return undefined;
  const word = text.toLowerCase();
  // Safe: `in` has just said that it is one of the keys.
  return word in RECOVERIES ? RECOVERIES[word as keyof typeof RECOVERIES] : 'other';
};
