import { describe, expect, it } from 'vitest';
import { essenceOf, explainNpmFailure, hasBrokenFiles } from './npm-words.mjs';

describe('explainNpmFailure', () => {
  it.each([
    ['npm error code ENOTFOUND', 'cannot be reached'],
    ['npm error code EAI_AGAIN\nnpm error request to https://registry.example/zod failed', 'cannot be reached'],
    ['npm error code ECONNREFUSED', 'cannot be reached'],
    ['npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device', 'disk is full'],
    ['npm error code EACCES', 'may not be written'],
    ['npm error code E404\nnpm error 404 Not Found', 'lacks a package'],
    ['npm error code E503', 'fails at the moment'],
    ['npm error code EINTEGRITY', 'not what the lock promises'],
    ['npm error code EUSAGE', 'disagree'],
    ['npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
    ['npm error something new', 'its own words are above'],
  ])('says what %j means', (output, words) => expect(explainNpmFailure(output)).toContain(words));
});

describe('hasBrokenFiles', () => {
  it('sees what npm only warns of', () => {
    expect(
      hasBrokenFiles('npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write\nadded 269 packages'),
    ).toBe(true);
    expect(hasBrokenFiles('npm warn EBADENGINE Unsupported engine\nadded 269 packages')).toBe(false);
  });
});

describe('essenceOf', () => {
  it('keeps what went wrong, each line once, and drops the noise', () => {
    const noise = 'npm warn EBADENGINE Unsupported engine {\nnpm warn EBADENGINE   package: "x"\n';
    const full = 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write\n';
    expect(essenceOf(`${noise}${full}${full}added 3 packages`)).toBe(full.trim());
    expect(essenceOf(`${noise}npm error code E404\nnpm ERR! 404 Not Found`)).toBe(
      'npm error code E404\nnpm ERR! 404 Not Found',
    );
  });

  it('shows everything where nothing stands out', () =>
    expect(essenceOf('Segmentation fault\n')).toBe('Segmentation fault'));
});
