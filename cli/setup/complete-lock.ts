import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryFor, findGaps, withEntries, withoutIntegrity } from './lock-completion.ts';
import { type Lock, type LockEntry, nameOf } from './lock-tree.mjs';
import { lookUp, runNpm } from './registry.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LOCK_FILE = join(ROOT, 'package-lock.json');
/** Platform packages have few dependencies of their own; a lock with gaps after this many rounds is broken. */
const MAX_ROUNDS = 10;
const EXACT_VERSION = /^\d+\.\d+\.\d+/;

/**
 * `npm run lock`: resolves package.json under this project's Node (an older one silently picks older majors), then puts
 * back the optional packages of other platforms that npm leaves out when the registry at hand lacks them. Without those
 * `npm ci` refuses the lock on every machine.
 */
const main = (args: readonly string[]): void => {
  const flags = ['--ignore-scripts', '--omit-lockfile-registry-resolved', '--no-audit', '--no-fund'];
  const resolved = runNpm(['install', '--package-lock-only', ...flags, ...args], ROOT);
  if (!resolved.ok) throw new Error(`npm install --package-lock-only failed:\n${resolved.stderr}`);
  let lock: Lock = JSON.parse(readFileSync(LOCK_FILE, 'utf8'));
  for (let round = 0; findGaps(lock).length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new Error(`${LOCK_FILE}: still incomplete after ${MAX_ROUNDS} rounds`);
    lock = withEntries(lock, fillGaps(lock));
  }
  lock = withEntries(lock, findHashes(lock));
  writeFileSync(LOCK_FILE, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`package-lock.json is whole: ${Object.keys(lock.packages).length - 1} packages`);
  for (const key of withoutIntegrity(lock)) console.log(`no hash to be had for ${nameOf(key)}`);
};

const fillGaps = (lock: Lock): Record<string, LockEntry> => {
  const added: Record<string, LockEntry> = {};
  for (const { from, name, range, optional } of findGaps(lock)) {
    if (!optional)
      throw new Error(`${LOCK_FILE}: "${from}" requires "${name}", which is absent; run npm install again`);
    if (!EXACT_VERSION.test(range)) throw new Error(`${LOCK_FILE}: "${name}@${range}" is not exact; add it by hand`);
    const facts = lookUp(name, range, ROOT);
    added[`node_modules/${name}`] = entryFor(lock.packages[from] ?? {}, facts);
    console.log(`added ${name}@${range} (facts from ${facts.source})`);
  }
  return added;
};

/** A registry that lacked a package when it was added may have it by now. */
const findHashes = (lock: Lock): Record<string, LockEntry> => {
  const found: Record<string, LockEntry> = {};
  for (const key of withoutIntegrity(lock)) {
    const entry = lock.packages[key];
    if (entry?.version === undefined) continue;
    const facts = lookUp(nameOf(key), entry.version, ROOT);
    if (facts.integrity !== undefined) found[key] = entryFor(entry, facts);
  }
  return found;
};

if (import.meta.main) main(process.argv.slice(2));
