import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFacts } from './facts.ts';
import { type Headers, readHeaders } from './headers.ts';
import { findLibraries } from './libraries.ts';
import { openNative } from './native.ts';
import { PINNED } from './pinned.ts';
import { compareTables, highest, renderPinned, renderStructs } from './rebase.ts';
import { smokeDecode } from './smoke.ts';

const STRUCTS_FILE = fileURLToPath(new URL('structs.ts', import.meta.url));
const PINNED_FILE = fileURLToPath(new URL('pinned.ts', import.meta.url));
const THIS_FILE = fileURLToPath(import.meta.url);
const HEADERS = [
  'include/llama.h',
  ...['ggml.h', 'ggml-backend.h', 'ggml-cpu.h'].map((name) => `ggml/include/${name}`),
];
const MOST_BYTES = 64 * 1024 * 1024;

const USAGE = `npm run ffi -- check     compares the tables with the headers that the installed node-llama-cpp carries
npm run ffi -- rebase    writes structs.ts and pinned.ts anew for them; functions that changed are named, not mended`;

/** The headers of the llama.cpp that the installed node-llama-cpp was built of. */
export const installedHeaders = (): Headers => {
  const entry = createRequire(import.meta.url).resolve('node-llama-cpp');
  const bundle = join(dirname(entry), '..', 'llama', 'gitRelease.bundle');
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-llama-'));
  try {
    execFileSync('git', ['clone', '--quiet', '--bare', bundle, folder], { stdio: 'pipe' });
    return readHeaders(
      HEADERS.map((path) =>
        execFileSync('git', ['-C', folder, 'show', `HEAD:${path}`], { encoding: 'utf8', maxBuffer: MOST_BYTES }),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** `pinned.ts` as the installed libraries are; the structs must be theirs by now. */
const recordFacts = (): void => {
  const libraries = findLibraries(['cpu', 'metal']);
  if (libraries === undefined)
    throw new Error('no package of node-llama-cpp with libraries for this machine is installed');
  const native = openNative(libraries);
  const logits = smokeDecode(native);
  if (logits === undefined) throw new Error('the model that comes with the engine did not run with these libraries');
  const facts = { ...readFacts(libraries, native), logits: highest(logits, PINNED.logits.length) };
  writeFileSync(PINNED_FILE, renderPinned(readFileSync(PINNED_FILE, 'utf8'), facts));
};

const rebase = (): void => {
  const headers = installedHeaders();
  const differences = compareTables(headers);
  writeFileSync(STRUCTS_FILE, renderStructs(readFileSync(STRUCTS_FILE, 'utf8'), headers));
  // Another process, which sees the new structs, and may end where a function is no longer what the table says.
  execFileSync(process.execPath, [THIS_FILE, 'record'], { stdio: 'inherit' });
  report(differences);
};

const report = (differences: readonly string[]): void => {
  console.log(differences.length === 0 ? 'the tables are those of the installed build' : differences.join('\n'));
};

if (import.meta.main) {
  const [command] = process.argv.slice(2);
  if (command === 'rebase') rebase();
  else if (command === 'record') recordFacts();
  else if (command === 'check') {
    const differences = compareTables(installedHeaders());
    report(differences);
    process.exitCode = differences.length === 0 ? 0 : 1;
  } else {
    console.error(USAGE);
    process.exitCode = 64;
  }
}
