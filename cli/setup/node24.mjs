import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_PACKAGES } from './platform.mjs';
import { SetupError } from './setup-error.mjs';

/** @typedef {{ os: string, cpu: string, libc: string | undefined }} Machine */

const MAJOR = 24;
const MINOR = 21;

/**
 * The Node to run the program with: the one that came with the packages, else the running one where it is new enough.
 * @param {{ root: string, platform: Machine, running: { version: string, execPath: string } }} options
 * @returns {string} the path of its binary
 */
export const findNode24 = ({ root, platform, running }) => {
  const name = NODE_PACKAGES[`${platform.os}-${platform.cpu}`];
  const own = name === undefined ? undefined : join(root, 'node_modules', name, 'bin', 'node');
  if (own !== undefined && platform.libc !== 'musl' && existsSync(own)) return own;
  if (isNewEnough(running.version)) return running.execPath;
  throw new SetupError(unsupported(platform, running.version));
};

/**
 * Type stripping and `node:sqlite` as this project uses them; a later major is not tested.
 * @param {string} version such as v24.21.0
 */
export const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  return major === MAJOR && minor >= MINOR;
};

/** @param {Machine} platform @param {string} version */
const unsupported = ({ os, cpu, libc }, version) => {
  if (os === 'win32')
    return 'Windows: expected WSL2 (a Linux inside Windows), found Windows itself; run this inside WSL2';
  const place = `${os} ${cpu}${libc === 'musl' ? ' with musl instead of glibc' : ''}`;
  const known = Object.keys(NODE_PACKAGES).join(', ');
  return `${place}: Node ${MAJOR}.${MINOR} comes with this project only for ${known}, and the running one is ${version}; install Node ${MAJOR} (at least ${MAJOR}.${MINOR}) and run this again`;
};
