import { describe, expect, it } from 'vitest';
import type { Libraries } from '../ffi/libraries.ts';
import type { Native } from '../ffi/native.ts';
import { PINNED } from '../ffi/pinned.ts';
import { type LibrarySource, openLibraries } from './open.ts';

const LIBRARIES: Libraries = {
  backend: 'cpu',
  folder: 'bins',
  files: { llama: 'llama', ggml: 'ggml', base: 'base' },
  packageVersion: PINNED.packageVersion,
  release: PINNED.release,
};

/** Libraries that are what they should be; they are never called for anything else than their devices. */
const nativeWith = (api: Partial<Native['api']>): Native =>
  // Safe: nothing else of it is asked for by what is tested.
  ({ api: { ggml_backend_dev_by_type: () => 1n, ggml_backend_dev_count: () => 0, ...api } }) as unknown as Native;

const logits = (): number[] => {
  const all = Array.from({ length: 64 }, () => -1);
  for (const [token, logit] of PINNED.logits) all[token] = logit;
  return all;
};

const open = (wrong: Partial<LibrarySource> = {}) =>
  openLibraries(
    { device: 'cpu', headLength: 48 },
    {
      find: () => LIBRARIES,
      open: () => nativeWith({}),
      facts: () => PINNED,
      smoke: logits,
      ...wrong,
    },
  );

describe('openLibraries', () => {
  it('opens the libraries it knows', () => expect(open()).toMatchObject({ ok: true, libraries: LIBRARIES }));

  it.each<[string, Partial<LibrarySource>, string]>([
    ['a missing package', { find: () => undefined }, 'no package of node-llama-cpp'],
    ['other sizes', { facts: () => ({ ...PINNED, sizes: { ...PINNED.sizes, Batch: 64 } }) }, 'size of Batch'],
    ['other defaults', { facts: () => ({ ...PINNED, defaults: {} }) }, 'default of ModelParams.devices'],
    ['another library', { facts: () => ({ ...PINNED, libraryVersion: '9' }) }, 'library version: expected 0.5.0-dev'],
    [
      'a processor that no variant suits',
      { open: () => nativeWith({ ggml_backend_dev_by_type: Object.assign(() => null, { async: () => {} }) }) },
      'runs on this processor',
    ],
    ['a model that does not load', { smoke: () => undefined }, 'did not run'],
    ['other logits', { smoke: () => logits().map((logit) => logit + 1) }, 'smoke decode: expected'],
  ])('refuses %s', (_, wrong, reason) => {
    expect(open(wrong)).toEqual({ ok: false, reasons: expect.arrayContaining([expect.stringContaining(reason)]) });
  });

  it.each([{ packageVersion: '9.9.9' }, { release: 'v9' }])('does not even open libraries of %o', (facts) => {
    const opening = open({
      find: () => ({ ...LIBRARIES, ...facts }),
      open: () => {
        throw new Error('opened');
      },
    });
    expect(opening).toMatchObject({ ok: false });
  });

  it('does not compute with libraries whose facts are wrong', () => {
    const smoke = () => {
      throw new Error('computed');
    };
    expect(open({ facts: () => ({ ...PINNED, release: 'v9' }), smoke })).toMatchObject({ ok: false });
  });
});
