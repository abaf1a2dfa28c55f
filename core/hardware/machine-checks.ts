import type { Seen } from './check.ts';
import type { CheckRow } from './check-row.ts';
import { formatQuantity } from './format.ts';
import { blind, compare, type Finding, fine, found, measure } from './judge.ts';

const CORES = { minimum: 4, recommended: 8 };
const FREQUENCY = { minimum: 3.0e9, recommended: 3.5e9, slack: 0.01 };
const MEMORY = { minimum: 16e9, recommended: 32e9, slack: 0.05 };
const DISK = { minimum: 256e9, recommended: 1e12, slack: 0.05 };

/** Machine by machine: what it is made of. Minimum and recommended are the product's table. */
export const MACHINE_CHECKS: readonly CheckRow[] = [
  {
    ...{ name: 'cores', title: 'processor cores', ...CORES },
    look({ processors }) {
      if (!processors.isSeen) return blind(processors.why);
      const { usable, cores, threads, limitedBy, model } = processors.value;
      const all = `${cores} cores, ${threads} threads${model === undefined ? '' : `, ${model}`}`;
      const note = limitedBy === undefined ? all : `${limitedBy}; the machine has ${all}`;
      const advice =
        limitedBy === undefined
          ? 'choose smaller models, fewer slots, or a machine with more cores'
          : `raise the limit (${limitedBy}): docker run --cpus, resources.limits.cpu, taskset`;
      return found(measure(processors, usable, '1', note), compare(usable, CORES), advice);
    },
  },
  {
    ...{ name: 'frequency', title: 'processor clock', minimum: FREQUENCY.minimum, recommended: FREQUENCY.recommended },
    look({ frequency }) {
      if (!frequency.isSeen) return blind(frequency.why);
      const { hertz, isHighest } = frequency.value;
      const measured = measure(frequency, hertz, 'Hz', isHighest ? 'highest' : 'of the moment, it may go higher');
      const result = compare(hertz, FREQUENCY);
      const advice = isHighest ? 'answers come slower: prefer smaller models' : 'the highest clock is not told here';
      return found(measured, result === 'fail' && !isHighest ? 'warn' : result, advice);
    },
  },
  {
    ...{ name: 'instructions', title: 'vector instructions', minimum: 'AVX2 or NEON', recommended: 'AVX-512, i8mm' },
    look({ processors }) {
      if (!processors.isSeen) return blind(processors.why);
      const sets = INSTRUCTION_SETS.filter(({ flag }) => processors.value.flags.has(flag));
      const level = Math.max(0, ...sets.map((set) => set.level));
      const measured = measure(processors, sets.map(({ name }) => name).join(' ') || 'none known');
      const advice =
        level === 0
          ? 'without AVX2 (or NEON with dot products) a model computes several times slower: take a newer processor'
          : 'prompts are read faster with AVX-512 VNNI, AMX or i8mm; nothing to set';
      return found(measured, level === 2 ? 'pass' : level === 1 ? 'warn' : 'fail', advice);
    },
  },
  {
    ...{ name: 'memory', title: 'memory', minimum: MEMORY.minimum, recommended: MEMORY.recommended },
    look({ memory, surroundings }) {
      if (!memory.isSeen) return blind(memory.why);
      const { totalBytes, availableBytes, limitedBy } = memory.value;
      const free = availableBytes === undefined ? undefined : `${formatQuantity(availableBytes, 'By')} available`;
      const note = [limitedBy, free].filter((text) => text !== undefined).join(', ');
      return found(
        measure(memory, totalBytes, 'By', note === '' ? undefined : note),
        compare(totalBytes, MEMORY),
        memoryAdvice(limitedBy, surroundings.place),
      );
    },
  },
  {
    ...{ name: 'memory_type', title: 'memory type', minimum: null, recommended: 'DDR5' },
    look({ memoryType, surroundings }) {
      if (!memoryType.isSeen) return blind(typeHint(memoryType.why, surroundings.place));
      const { type, transfersPerSecond, modules } = memoryType.value;
      const speed = transfersPerSecond === undefined ? [] : [`${transfersPerSecond / 1e6} MT/s`];
      const count = modules === undefined ? [] : [`${modules} ${modules === 1 ? 'module' : 'modules'}`];
      const measured = measure(memoryType, type, undefined, [...speed, ...count].join(', ') || undefined);
      const isNew = /DDR[5-9]|HBM/.test(type);
      return found(
        measured,
        isNew ? 'pass' : 'warn',
        'tokens/s follow memory bandwidth: DDR5 has about twice that of DDR4',
      );
    },
  },
  {
    ...{ name: 'memory_bandwidth', title: 'memory bandwidth', minimum: null, recommended: null },
    look: (_facts, { speeds }) => speed(speeds?.memoryBandwidth),
  },
  {
    ...{ name: 'disk', title: 'disk size', minimum: DISK.minimum, recommended: DISK.recommended },
    look({ disk, space }) {
      const sizeBytes = disk.isSeen ? disk.value.sizeBytes : undefined;
      if (disk.isSeen && sizeBytes !== undefined) {
        return found(measure(disk, sizeBytes, 'By', disk.value.name), compare(sizeBytes, DISK), DISK_ADVICE);
      }
      if (space === undefined) return blind(disk.isSeen ? 'its size is not told' : disk.why);
      const measured = { value: space.sizeBytes, unit: 'By', source: 'statfs', note: 'the file system' } as const;
      return found(measured, compare(space.sizeBytes, DISK), DISK_ADVICE);
    },
  },
  {
    ...{ name: 'disk_type', title: 'disk type', minimum: 'NVMe SSD', recommended: 'NVMe SSD' },
    look({ disk }) {
      if (!disk.isSeen) return blind(`${disk.why}; a volume of its own for the models shows it`);
      const { kind, name } = disk.value;
      const measured = measure(disk, kind, undefined, name);
      if (kind === 'NVMe SSD') return fine(measured);
      if (kind === 'virtual')
        return { measured, result: 'unknown', advice: 'the disk behind it is known to the host alone' };
      return found(
        measured,
        kind === 'SSD' ? 'warn' : 'fail',
        'models load slower: set CLAWDBOT_MODELS_DIR to a folder on an NVMe SSD',
      );
    },
  },
  {
    ...{ name: 'disk_read', title: 'disk read speed', minimum: null, recommended: null },
    look: (_facts, { speeds }) => speed(speeds?.diskRead),
  },
  {
    ...{ name: 'free_space', title: 'free space for models', minimum: null, recommended: null },
    look({ space }, { missingModelBytes, modelsDir }) {
      if (space === undefined) return blind(`the file system of ${modelsDir} does not tell`);
      const minimum = missingModelBytes + SPARE_BYTES;
      const recommended = 2 * missingModelBytes + 5 * SPARE_BYTES;
      const note =
        missingModelBytes === 0
          ? 'all chosen models are here'
          : `${formatQuantity(missingModelBytes, 'By')} of models to fetch`;
      const measured = { value: space.freeBytes, unit: 'By', source: 'statfs', note } as const;
      const advice = `free space below ${modelsDir}, or set CLAWDBOT_MODELS_DIR to a larger disk`;
      return { ...found(measured, compare(space.freeBytes, { minimum, recommended }), advice), minimum, recommended };
    },
  },
];

/** Databases, logs, a second copy of a model while it is swapped. */
const SPARE_BYTES = 2e9;
const DISK_ADVICE = 'keep few or small models, or set CLAWDBOT_MODELS_DIR to a larger disk';

/** What ggml has kernels for; level 1 is enough, level 2 is as recommended. */
const INSTRUCTION_SETS: readonly { readonly flag: string; readonly name: string; readonly level: 0 | 1 | 2 }[] = [
  { flag: 'avx', name: 'AVX', level: 0 },
  { flag: 'avx2', name: 'AVX2', level: 1 },
  { flag: 'fma', name: 'FMA', level: 0 },
  { flag: 'f16c', name: 'F16C', level: 0 },
  { flag: 'avx_vnni', name: 'AVX-VNNI', level: 2 },
  { flag: 'avx512f', name: 'AVX-512', level: 2 },
  { flag: 'avx512_vnni', name: 'VNNI', level: 2 },
  { flag: 'avx512_bf16', name: 'BF16', level: 2 },
  { flag: 'amx_int8', name: 'AMX', level: 2 },
  { flag: 'asimd', name: 'NEON', level: 0 },
  { flag: 'asimddp', name: 'dot products', level: 1 },
  { flag: 'i8mm', name: 'i8mm', level: 2 },
  { flag: 'sve', name: 'SVE', level: 2 },
];

const speed = (seen: Seen<number> | undefined): Finding => {
  if (seen === undefined) return blind('not measured here: clawdbot doctor measures it for a moment');
  return seen.isSeen ? fine(measure(seen, seen.value, 'By/s', 'short measurement')) : blind(seen.why);
};

const memoryAdvice = (limitedBy: string | undefined, place: string): string => {
  if (limitedBy !== undefined) return `raise the ${limitedBy}: docker run --memory, resources.limits.memory, MemoryMax`;
  if (place === 'WSL2') return 'Windows gives half of its memory: set memory= in .wslconfig, then wsl --shutdown';
  return 'choose smaller models, fewer slots or a shorter context, or add memory';
};

const typeHint = (why: string, place: string): string =>
  place === 'machine' ? `${why}; root sees it with: dmidecode -t memory` : `${why}; the host of this ${place} knows`;
