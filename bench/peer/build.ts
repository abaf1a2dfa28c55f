import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { isExecutable } from '../../cli/programs/find-program.ts';
import { cacheDir } from '../../core/config/paths.ts';
import { fillOnce } from '../../tests/cached-folder.ts';
import { llamaSource } from '../machine.ts';

/** Names a folder with programs of llama.cpp that are to be used instead of building them. */
export const LLAMA_BIN = 'CLAWDBOT_BENCH_LLAMA_BIN';

const PROGRAMS = ['llama-server', 'llama-batched-bench'] as const;
export type LlamaProgram = (typeof PROGRAMS)[number];

/** What the build needs, and the Debian package that has it. */
const TOOLS = { git: 'git', cmake: 'cmake', 'c++': 'g++', ninja: 'ninja-build' } as const;

/** As anyone builds it for the machine he has: optimised for its processor, with OpenMP. */
export const BUILD_FLAGS = [
  '-DCMAKE_BUILD_TYPE=Release',
  ...['-DGGML_NATIVE=ON', '-DGGML_OPENMP=ON'],
  ...['-DLLAMA_BUILD_TESTS=OFF', '-DLLAMA_BUILD_EXAMPLES=OFF', '-DLLAMA_BUILD_APP=OFF'],
  ...['-DLLAMA_USE_PREBUILT_UI=OFF', '-DLLAMA_BUILD_UI=OFF', '-DLLAMA_OPENSSL=OFF', '-DLLAMA_CURL=OFF'],
] as const;

export interface LlamaPrograms {
  /** The release of llama.cpp that they were built from. */
  readonly release: string;
  file(program: LlamaProgram): string;
}

/** llama.cpp's own programs, built once from the very source that the node-llama-cpp package carries. */
export const llamaPrograms = async (env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<LlamaPrograms> => {
  const { bundle, release } = llamaSource();
  const given = env[LLAMA_BIN];
  const folder = given === undefined || given === '' ? await build(bundle, release, env, say) : given;
  for (const program of PROGRAMS) requireProgram(join(folder, program));
  return { release, file: (program) => join(folder, program) };
};

const build = async (
  bundle: string,
  release: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<string> => {
  const folder = join(cacheDir(env), 'bench', `llama.cpp-${release}`);
  if (existsSync(folder)) return join(folder, 'build', 'bin');
  requireTools(env);
  say(`building llama-server ${release} from the source in node-llama-cpp; this takes minutes, once`);
  await fillOnce(folder, (temporary) => compile(bundle, temporary));
  return join(folder, 'build', 'bin');
};

const compile = async (bundle: string, folder: string): Promise<void> => {
  const run = (command: string, args: readonly string[]) => execa(command, args, { cwd: folder, stdin: 'ignore' });
  await run('git', ['clone', '--quiet', bundle, 'source']);
  mendTileConfig(join(folder, 'source'));
  await run('cmake', [
    '-S',
    'source',
    '-B',
    'build',
    '-G',
    'Ninja',
    ...BUILD_FLAGS,
    '-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON',
  ]);
  const jobs = String(availableParallelism());
  await run('cmake', ['--build', 'build', '--parallel', jobs, '--target', ...PROGRAMS]);
};

/**
 * GCC 12's `_tile_loadconfig` tells the compiler that it reads 8 bytes of the 64, so that the rest is never stored and a
 * build for a processor with AMX ends with an illegal instruction.
 */
const mendTileConfig = (source: string): void => {
  const file = join(source, 'ggml/src/ggml-cpu/amx/mmq.cpp');
  const before = readFileSync(file, 'utf8');
  const after = before.replace('_tile_loadconfig(&tc);', '__asm__ volatile("ldtilecfg %0" : : "m"(tc));');
  if (after === before) throw new Error(`${file}: expected a call of _tile_loadconfig(&tc), found none`);
  writeFileSync(file, after);
};

const requireTools = (env: NodeJS.ProcessEnv): void => {
  const missing = Object.entries(TOOLS).filter(([tool]) => !isOnPath(tool, env));
  if (missing.length === 0) return;
  const names = missing.map(([tool]) => tool).join(', ');
  const packages = missing.map(([, name]) => name).join(' ');
  throw new Error(
    `building llama-server needs ${names}: install them (Debian: apt-get install ${packages}), or set ${LLAMA_BIN} to a folder with ${PROGRAMS.join(' and ')}`,
  );
};

const isOnPath = (tool: string, env: NodeJS.ProcessEnv): boolean =>
  (env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, tool)));

const requireProgram = (file: string): void => {
  if (!isExecutable(file)) throw new Error(`${file}: expected a program of llama.cpp, found none; check ${LLAMA_BIN}`);
};
