import koffi, { type LibraryHandle, type TypeObject } from 'koffi';
import { type Api, FUNCTIONS, type LibraryName } from './functions.ts';
import type { Libraries } from './libraries.ts';
import { processorLibrary } from './processor-library.ts';
import { type Pointer, STRUCTS, type StructName } from './structs.ts';

/** llama.cpp as this process sees it. */
export interface Native {
  readonly api: Api;
  readonly sizes: Readonly<Record<StructName, number>>;
  readonly memory: Memory;
  /** The CPU back-end's own functions, which it hands out by name because its variant is chosen at run time. */
  readonly threadpool: ThreadpoolApi;
  /** A C function pointer that calls back; `release` it when C code cannot call any more. */
  callback(kind: CallbackKind, target: (...args: never[]) => unknown): { readonly pointer: Pointer; release(): void };
  /**
   * The logger of llama.cpp while nothing is loaded: a C function that does nothing. Its own writes to standard error, and
   * one in JavaScript would deadlock when a compute thread logs while this thread waits for it.
   */
  readonly silentLogger: Pointer;
}

/** Reads and writes native memory. */
export interface Memory {
  int32s(at: Pointer, count: number): Int32Array;
  int8s(at: Pointer, count: number): Int8Array;
  floats(at: Pointer, count: number): Float32Array;
  pointers(at: Pointer, count: number): readonly Pointer[];
  float(at: Pointer): number;
  text(at: Pointer): string;
  /** Where the memory of a typed array lies; only valid as long as the array is. */
  addressOf(array: NodeJS.ArrayBufferView): Pointer;
  /** The bytes of a struct, to be passed where its address is expected. */
  struct(name: StructName, value: Readonly<Record<string, unknown>>): Uint8Array;
  field(name: StructName, bytes: Uint8Array, field: string): unknown;
}

export interface ThreadpoolApi {
  create(params: Uint8Array): Pointer | null;
  free(pool: Pointer): void;
}

const CALLBACKS = {
  progress: ['bool', ['float', 'void*']],
  log: ['void', ['int32', 'void*', 'void*']],
} as const;
type CallbackKind = keyof typeof CALLBACKS;

const CPU_DEVICE = 0;

/**
 * Opens the shared libraries, picks the back-ends as ggml does unless heads of `headLength` run faster with another
 * variant of the processor's, and binds the table of functions.
 */
export const openNative = (libraries: Libraries, headLength?: number): Native => {
  const { files, folder } = libraries;
  const handles: Record<LibraryName, LibraryHandle> = {
    base: koffi.load(files.base),
    ggml: koffi.load(files.ggml),
    llama: koffi.load(files.llama),
  };
  const types = structTypes();
  const api = bindAll(handles, types);
  // Any function of no arguments will do. Safe: a symbol is its address.
  const silentLogger = handles.llama.symbol('llama_max_devices') as Pointer;
  api.llama_log_set(silentLogger, null);
  const better = processorLibrary(libraries, headLength, scoreOf);
  if (better === undefined || api.ggml_backend_load(better) === null) api.ggml_backend_load_all_from_path(folder);
  api.llama_backend_init();
  return {
    api,
    sizes: mapStructs((name) => koffi.sizeof(types[name])),
    memory: createMemory(types),
    threadpool: bindThreadpool(api),
    callback: registerCallback,
    silentLogger,
  };
};

/** What a variant says of this processor, as ggml asks it: 0 where it cannot run here. */
const scoreOf = (file: string): number => koffi.load(file).func('ggml_backend_score', 'int', [])();

const mapStructs = <Value>(value: (name: StructName) => Value): Record<StructName, Value> =>
  // Safe: the entries are made from the keys of the table.
  Object.fromEntries(Object.keys(STRUCTS).map((name) => [name, value(name as StructName)])) as Record<
    StructName,
    Value
  >;

const structTypes = (): Record<StructName, TypeObject> => mapStructs((name) => koffi.struct({ ...STRUCTS[name] }));

const bindAll = (handles: Record<LibraryName, LibraryHandle>, types: Record<StructName, TypeObject>): Api => {
  const typeOf = (name: string) => (name in types ? types[name as StructName] : name);
  const bound = Object.entries(FUNCTIONS).map(([name, { library, result, takes }]) => [
    name,
    handles[library].func(name, typeOf(result), takes.map(typeOf)),
  ]);
  // Safe: bound from the very table that the type is derived from.
  return Object.fromEntries(bound) as Api;
};

const createMemory = (types: Record<StructName, TypeObject>): Memory => ({
  int32s: (at, count) => new Int32Array(koffi.view(at, count * 4)),
  int8s: (at, count) => new Int8Array(koffi.view(at, count)),
  floats: (at, count) => new Float32Array(koffi.view(at, count * 4)),
  pointers: (at, count) => koffi.decode(at, 'void*', count),
  float: (at) => koffi.decode.float(at),
  text: (at) => koffi.decode.string(at),
  addressOf: (array) => koffi.address(array),
  struct(name, value) {
    const bytes = new Uint8Array(koffi.sizeof(types[name]));
    koffi.encode(bytes, types[name], value);
    return bytes;
  },
  field: (name, bytes, field) => koffi.decode(bytes, types[name])[field],
});

const bindThreadpool = (api: Api): ThreadpoolApi => {
  const device = api.ggml_backend_dev_by_type(CPU_DEVICE);
  const registry = device === null ? null : api.ggml_backend_dev_backend_reg(device);
  const find = (name: string, result: string) => {
    const address = registry === null ? null : api.ggml_backend_reg_get_proc_address(registry, name);
    return address === null ? () => null : koffi.decode(address, koffi.proto(result, ['void*']));
  };
  const create = find('ggml_threadpool_new', 'void*');
  const free = find('ggml_threadpool_free', 'void');
  return { create: (params) => create(params), free: (pool) => void free(pool) };
};

const registerCallback: Native['callback'] = (kind, target) => {
  const [result, takes] = CALLBACKS[kind];
  const pointer = koffi.register(target, koffi.pointer(koffi.proto(result, [...takes])));
  return { pointer, release: () => koffi.unregister(pointer) };
};
