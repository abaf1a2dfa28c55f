import { ServiceError } from '../../../core/errors/service-error.ts';
import { readFacts } from '../ffi/facts.ts';
import { findMismatches, findWrongLogits, findWrongPackage, type StaticFacts } from '../ffi/guard.ts';
import { type Backend, backendsOf, findLibraries, type Libraries, THIS_MACHINE } from '../ffi/libraries.ts';
import { type Native, openNative } from '../ffi/native.ts';
import { smokeDecode } from '../ffi/smoke.ts';
import type { EngineSpec } from '../protocol/messages.ts';
import { hasAccelerator } from './load.ts';

/** The libraries, opened and proven to be what the tables were written for; or why they are not used. */
export type Opening =
  | { readonly ok: true; readonly native: Native; readonly libraries: Libraries }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** Where the libraries come from; another one in tests. */
export interface LibrarySource {
  find(backends: readonly Backend[]): Libraries | undefined;
  open(libraries: Libraries, headLength?: number): Native;
  facts(libraries: Libraries, native: Native): StaticFacts;
  smoke(native: Native): readonly number[] | undefined;
}

/** What the libraries are to run: on which device, and heads of what width. */
export type Wanted = Pick<EngineSpec, 'device' | 'headLength'>;

const INSTALLED: LibrarySource = { find: findLibraries, open: openNative, facts: readFacts, smoke: smokeDecode };

/** Opens the libraries for a device and a model and checks them before anything depends on them. */
export const openLibraries = ({ device, headLength }: Wanted, source = INSTALLED): Opening => {
  chooseDevices(device);
  const libraries = source.find(wantedBackends(device));
  if (libraries === undefined) {
    return { ok: false, reasons: ['no package of node-llama-cpp with libraries for this machine is installed'] };
  }
  const wrong = findWrongPackage(libraries);
  if (wrong.length > 0) return { ok: false, reasons: wrong };
  const native = source.open(libraries, headLength);
  const reasons = check(libraries, native, source);
  if (reasons.length > 0) return { ok: false, reasons };
  requireDevice(device, native);
  return { ok: true, native, libraries };
};

/** Calling functions of another build than the tables describe may end the process: each check allows the next one. */
const check = (libraries: Libraries, native: Native, source: LibrarySource): readonly string[] => {
  const mismatches = findMismatches(source.facts(libraries, native));
  if (mismatches.length > 0) return mismatches;
  if (native.api.ggml_backend_dev_by_type(PROCESSOR) === null) {
    return [`none of the libraries of ${libraries.folder} runs on this processor`];
  }
  return findWrongLogits(source.smoke(native));
};

/** `GGML_BACKEND_DEVICE_TYPE_CPU`: ggml has a variant for each set of instructions, and found none that suits. */
const PROCESSOR = 0;

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
