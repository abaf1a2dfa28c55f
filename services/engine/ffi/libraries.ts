import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LibraryName } from './functions.ts';

/** What computes: the plain processor or one kind of accelerator. */
export type Backend = 'cpu' | 'cuda' | 'vulkan' | 'metal';

/** The shared libraries of one npm package. */
export interface Libraries {
  readonly backend: Backend;
  readonly folder: string;
  readonly files: Readonly<Record<LibraryName, string>>;
  readonly packageVersion: string;
  /** The llama.cpp release the package says it was built from. */
  readonly release: string;
}

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly exists: (path: string) => boolean;
}

const SYSTEMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'linux', darwin: 'mac', win32: 'win' };
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'armv7l',
  riscv64: 'riscv64',
};
const FILES: Readonly<Record<LibraryName, RegExp>> = {
  llama: /^(lib)?llama(\.[a-z]+)?\.v[\d.]+\.(so|dylib|dll)$/,
  ggml: /^(lib)?ggml(\.[a-z]+)?\.v[\d.]+\.(so|dylib|dll)$/,
  base: /^(lib)?ggml-base\.(so|dylib|dll)$/,
};

/** Driver files by which a back-end is worth trying; loading a library just to find no device behind it costs memory. */
const SIGNS: Readonly<Record<Exclude<Backend, 'cpu' | 'metal'>, Readonly<Partial<Record<NodeJS.Platform, string>>>>> = {
  cuda: { linux: '/proc/driver/nvidia/version', win32: 'C:\\Windows\\System32\\nvcuda.dll' },
  vulkan: { linux: '/dev/dri/renderD128', win32: 'C:\\Windows\\System32\\vulkan-1.dll' },
};

/** Back-ends of this machine, the fastest first; `cpu` is always the last. */
export const backendsOf = ({ platform, arch, exists }: Machine): readonly Backend[] => {
  if (platform === 'darwin') return arch === 'arm64' ? ['metal', 'cpu'] : ['cpu'];
  const isThere = (backend: 'cuda' | 'vulkan'): boolean => {
    const sign = SIGNS[backend][platform];
    return arch === 'x64' && sign !== undefined && exists(sign);
  };
  return [...(['cuda', 'vulkan'] as const).filter(isThere), 'cpu'];
};

/** The name of the package, and of the folder in it, that holds the libraries of a back-end. */
export const packageFor = (backend: Backend, { platform, arch }: Machine): string => {
  const name = `${SYSTEMS[platform] ?? platform}-${ARCHITECTURES[arch] ?? arch}`;
  if (name === 'mac-arm64') return 'mac-arm64-metal';
  return backend === 'cpu' ? name : `${name}-${backend}`;
};

export const THIS_MACHINE: Machine = { platform: process.platform, arch: process.arch, exists: existsSync };

/** The libraries of the first of these back-ends whose package is installed; `undefined` where none is. */
export const findLibraries = (backends: readonly Backend[], machine = THIS_MACHINE): Libraries | undefined => {
  for (const backend of backends) {
    const found = readPackage(backend, packageFor(backend, machine));
    if (found !== undefined) return found;
  }
  return undefined;
};

const readPackage = (backend: Backend, name: string): Libraries | undefined => {
  const root = packageRoot(`@node-llama-cpp/${name}`);
  if (root === undefined) return undefined;
  const folder = join(root, 'bins', name);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const pathOf = (library: LibraryName) => names.find((file) => FILES[library].test(file));
  const [llama, ggml, base] = [pathOf('llama'), pathOf('ggml'), pathOf('base')];
  if (llama === undefined || ggml === undefined || base === undefined) return undefined;
  return {
    backend,
    folder,
    files: { llama: join(folder, llama), ggml: join(folder, ggml), base: join(folder, base) },
    packageVersion: textAt(join(root, 'package.json'), ['version']),
    release: textAt(join(folder, '_nlcBuildMetadata.json'), ['buildOptions', 'llamaCpp', 'release']),
  };
};

/** The platform packages belong to node-llama-cpp and are found from where it lies. */
const packageRoot = (name: string): string | undefined => {
  try {
    const owner = createRequire(import.meta.url).resolve('node-llama-cpp');
    return dirname(dirname(createRequire(owner).resolve(name)));
  } catch {
    return undefined;
  }
};

/** A text inside a JSON file; empty where it is not there, which no comparison takes for a version. */
const textAt = (file: string, path: readonly string[]): string => {
  if (!existsSync(file)) return '';
  let value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof value === 'string' ? value : '';
};
