import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FROM_THE_DRIVER } from './images.mjs';

/**
 * Puts the system libraries that the native files of a tree need into that tree, which is then complete without a base image:
 * the finished image starts from nothing, so it holds no shell, no package manager and nothing to patch that nobody runs.
 */

/** What `ldd` says of one file: where its libraries are, and which it does not find. @param {string} text */
export const parseLdd = (text) => {
  const lines = text.split('\n').map((line) => line.trim());
  const missing = lines.flatMap((line) => /^(\S+) => not found$/.exec(line)?.[1] ?? []);
  const found = lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  return { found, missing };
};

/** @param {string} dir @returns {string[]} */
const nativeFiles = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /\.so(\.\d+)*$|\.node$|\/bin\/[^/.]+$/.test(file) && isElf(file));

/** @param {string} file */
const isElf = (file) => readFileSync(file).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));

/** The Debian package that a file is from, for the bill of materials. @param {string} file */
const packageOf = (file) => {
  for (const path of [file, realpathSync(file), file.replace(/^\/lib/, '/usr/lib'), `/usr${file}`]) {
    const { status, stdout } = spawnSync('dpkg-query', ['--search', path], { encoding: 'utf8' });
    const name = stdout?.split(':')[0];
    if (status !== 0 || name === undefined) continue;
    const shown = execFileSync('dpkg-query', ['--show', name], { encoding: 'utf8' });
    return { name, version: shown.split('\n')[0]?.split('\t')[1] ?? '' };
  }
  return undefined;
};

/** `node collect-libraries.mjs TREE`. @param {readonly string[]} args */
const main = ([tree]) => {
  if (tree === undefined) throw new Error('expected the tree to complete, got nothing');
  /** @type {Set<string>} */
  const wanted = new Set();
  /** @type {Map<string, string>} */
  const missing = new Map();
  for (const file of nativeFiles(tree)) {
    const { found, missing: absent } = parseLdd(spawnSync('ldd', [file], { encoding: 'utf8' }).stdout ?? '');
    for (const library of found) if (!library.startsWith(`${tree}/`)) wanted.add(library);
    for (const name of absent) missing.set(name, file);
  }
  const fatal = [...missing].filter(([name]) => !FROM_THE_DRIVER.includes(name));
  if (fatal.length > 0) {
    const list = fatal.map(([name, file]) => `${name} (for ${file.slice(tree.length)})`).join(', ');
    throw new Error(`BASE: expected an image that has ${list}; name one with --build-arg BASE=`);
  }
  const packages = new Map();
  for (const library of [...wanted].sort()) {
    const place = join(tree, library);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(library, place);
    const from = packageOf(library);
    if (from !== undefined) packages.set(from.name, from);
  }
  const list = join(tree, 'usr', 'share', 'clawdbot', 'libraries.json');
  mkdirSync(dirname(list), { recursive: true });
  writeFileSync(list, `${JSON.stringify([...packages.values()])}\n`);
  console.log(`${wanted.size} libraries of ${packages.size} packages`);
};

if (import.meta.filename === process.argv[1]) main(process.argv.slice(2));
