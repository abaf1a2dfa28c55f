import { ServiceError } from '../../../core/errors/service-error.ts';
import { readFacts } from '../ffi/facts.ts';
import { findMismatches, findWrongLogits } from '../ffi/guard.ts';
import { type Backend, backendsOf, findLibraries, type Libraries, THIS_MACHINE } from '../ffi/libraries.ts';
import { type Native, openNative } from '../ffi/native.ts';
import { smokeDecode } from '../ffi/smoke.ts';
import type { EngineSpec } from '../protocol/messages.ts';
import { hasAccelerator } from './load.ts';

/** The libraries, opened and proven to be what the tables were written for; or why they are not used. */
export type Opening =
  | { readonly ok: true; readonly native: Native; readonly libraries: Libraries }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** Opens the libraries for a device and checks them before anything depends on them. */
export const openLibraries = (device: EngineSpec['device']): Opening => {
  chooseDevices(device);
  const libraries = findLibraries(wantedBackends(device));
  if (libraries === undefined) {
    return { ok: false, reasons: ['no package of node-llama-cpp with libraries for this machine is installed'] };
  }
  const native = openNative(libraries);
  const mismatches = findMismatches(readFacts(libraries, native));
  // Calling functions of another build than the tables describe may end the process.
  const reasons = mismatches.length > 0 ? mismatches : findWrongLogits(smokeDecode(native));
  if (reasons.length > 0) return { ok: false, reasons };
  requireDevice(device, native);
  return { ok: true, native, libraries };
};

const wantedBackends = (device: EngineSpec['device']): readonly Backend[] =>
  device === 'cpu' ? ['cpu', 'metal'] : backendsOf(THIS_MACHINE);

/** The GPU back-ends read this when they are loaded; nothing else can tell them. */
const chooseDevices = (device: EngineSpec['device']): void => {
  if (Array.isArray(device)) process.env.CUDA_VISIBLE_DEVICES = device.join(',');
};

const requireDevice = (device: EngineSpec['device'], native: Native): void => {
  if (!Array.isArray(device) || hasAccelerator(native)) return;
  throw new ServiceError(
    'ERR_ENGINE_LOAD',
    `device: expected one of ${device.join(', ')}, but no accelerator can be used here; set device: cpu or check the driver`,
  );
};
