import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Answer, Sight } from '../core/hardware/sight.ts';

const FOLDER = new URL('./fixtures/machines/', import.meta.url);

/** The machines of `tests/fixtures/machines/`, without `.txt`. */
export const capturedMachines = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.replace(/\.txt$/, ''));

/**
 * A machine as its capture shows it. Sections: `=== read PATH` (a file), `=== list PATH` (names, one a line), `=== follow
 * PATH TARGET`, `=== write PATH` (one may write there), `=== run CODE COMMAND` (what it prints), `=== space PATH SIZE FREE`.
 * `=== cpuinfo SOCKETS CORES THREADS` is `/proc/cpuinfo` of processors that are all alike: the block is written once, with
 * `{processor}`, `{core}` and `{socket}` where they differ; cores per socket, threads per core.
 */
export const capturedMachine = (name: string): Sight => sightOf(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'));

/** A machine from the text of a capture. */
export const sightOf = (text: string): Sight => {
  const files = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const links = new Map<string, string>();
  const programs = new Map<string, Answer>();
  const spaces = new Map<string, { sizeBytes: number; freeBytes: number }>();
  const writable = new Set<string>();
  for (const section of text.split(/^=== /m).slice(1)) {
    const at = section.indexOf('\n');
    const [kind = '', ...rest] = section.slice(0, at).trim().split(' ');
    const body = section.slice(at + 1).replace(/\n\n$/, '\n');
    const [first = '', ...more] = rest;
    if (kind === 'read') files.set(first, body);
    else if (kind === 'cpuinfo') files.set('/proc/cpuinfo', repeated(body, rest.map(Number)));
    else if (kind === 'list')
      lists.set(
        first,
        body.split('\n').filter((line) => line !== ''),
      );
    else if (kind === 'follow') links.set(first, more[0] ?? first);
    else if (kind === 'write') writable.add(first);
    else if (kind === 'run')
      programs.set(more.join(' '), { kind: 'said', code: Number(first), stdout: body, stderr: body });
    else if (kind === 'space') spaces.set(first, { sizeBytes: Number(more[0]), freeBytes: Number(more[1]) });
    else throw new TypeError(`a section of a capture: ${kind}`);
  }
  const paths = [...files.keys(), ...links.keys(), ...lists.keys(), ...spaces.keys()];
  return {
    read: (path) => files.get(path),
    list: (path) => lists.get(path) ?? [...new Set(paths.flatMap((each) => childOf(path, each)))],
    follow: (path) =>
      links.get(path) ?? (paths.some((each) => each === path || each.startsWith(`${path}/`)) ? path : undefined),
    mayWrite: (path) => writable.has(path),
    run: async (command, args) => programs.get([command, ...args].join(' ')) ?? { kind: 'missing' },
    space: async (folder) => spaces.get(folder) ?? spaces.get('/'),
  };
};

const childOf = (folder: string, path: string): string[] => {
  const relative = posix.relative(folder, path);
  return relative === '' || relative.startsWith('..') ? [] : [relative.split('/')[0] ?? ''];
};

const repeated = (block: string, [sockets = 1, cores = 1, threads = 1]: readonly number[]): string =>
  Array.from({ length: sockets * cores * threads }, (_, processor) => {
    const place = processor % (sockets * cores);
    const values = { processor, core: place % cores, socket: Math.floor(place / cores) };
    return block
      .trimEnd()
      .replaceAll(/\{(processor|core|socket)\}/g, (_all, key: keyof typeof values) => `${values[key]}`);
  }).join('\n\n');
