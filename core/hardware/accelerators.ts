import { type Seen, seen, unseen } from './check.ts';
import type { Answer, Sight } from './sight.ts';

export interface Accelerator {
  readonly vendor: 'NVIDIA' | 'AMD' | 'Intel';
  readonly name: string;
  /** Its own memory; absent where it shares the machine's, or does not tell. */
  readonly memoryBytes?: number;
}

/** What the driver of NVIDIA tells of itself. */
export interface NvidiaDriver {
  readonly version: string;
  /** Highest CUDA level it serves. */
  readonly cuda: string | undefined;
  readonly computeCapability: string | undefined;
  readonly isPersistent: boolean | undefined;
}

export interface Accelerators {
  readonly devices: readonly Accelerator[];
  readonly nvidia: NvidiaDriver | undefined;
  /** Why NVIDIA's program gave nothing although there is something to ask. */
  readonly failure: string | undefined;
}

const QUERY = ['name', 'memory.total', 'driver_version', 'persistence_mode', 'compute_cap'] as const;
const MIB = 1024 * 1024;
/** Where Windows puts it; not on the path of a shell that is not a login. */
const WSL_SMI = '/usr/lib/wsl/lib/nvidia-smi';

/** Every GPU that this process can see. */
export const readAccelerators = async (sight: Sight): Promise<Seen<Accelerators>> => {
  const cards = drmCards(sight);
  const nvidia = await askNvidia(sight);
  const devices = [...(nvidia?.devices ?? []), ...cards.devices];
  const hasSilentCard = cards.nvidia > 0 && nvidia === undefined;
  const failure =
    nvidia?.failure ?? (hasSilentCard ? 'an NVIDIA GPU is in the machine, and nvidia-smi is not' : undefined);
  const source = [nvidia === undefined ? [] : ['nvidia-smi'], ['/sys/class/drm']].flat().join(', ');
  return seen({ devices, nvidia: nvidia?.driver, failure }, source);
};

interface NvidiaAnswer {
  readonly devices: readonly Accelerator[];
  readonly driver?: NvidiaDriver;
  readonly failure?: string;
}

const askNvidia = async (sight: Sight): Promise<NvidiaAnswer | undefined> => {
  const args = [`--query-gpu=${QUERY.join(',')}`, '--format=csv,noheader,nounits'];
  let command = 'nvidia-smi';
  let answer = await sight.run(command, args);
  if (answer.kind === 'missing' && sight.list('/usr/lib/wsl/lib').includes('nvidia-smi')) {
    command = WSL_SMI;
    answer = await sight.run(command, args);
  }
  if (answer.kind === 'missing') return undefined;
  const rows = rowsOf(answer);
  const [first] = rows;
  if (first === undefined) return { devices: [], failure: `nvidia-smi: ${wordsOf(answer)}` };
  const page = await sight.run(command, []);
  const cuda = page.kind === 'said' ? /CUDA(?: UMD)? Version:\s*([\d.]+)/.exec(page.stdout)?.[1] : undefined;
  const [, , version = '', persistence = '', computeCapability] = first;
  return {
    devices: rows.map(([name = '', mebibytes]) => ({
      ...{ vendor: 'NVIDIA', name },
      ...(Number(mebibytes) > 0 ? { memoryBytes: Number(mebibytes) * MIB } : {}),
    })),
    driver: {
      ...{ version, cuda },
      computeCapability: /^\d+\.\d+$/.test(computeCapability ?? '') ? computeCapability : undefined,
      isPersistent: /^(en|dis)abled$/i.test(persistence) ? /^en/i.test(persistence) : undefined,
    },
  };
};

const rowsOf = (answer: Answer): readonly (readonly string[])[] =>
  answer.kind === 'said' && answer.code === 0
    ? answer.stdout
        .split('\n')
        .map((line) => line.split(',').map((cell) => cell.trim()))
        .filter((cells) => cells.length === QUERY.length)
    : [];

const wordsOf = (answer: Answer): string => {
  if (answer.kind === 'silent') return `no answer within ${answer.afterMs / 1000} s`;
  if (answer.kind === 'missing') return 'not installed';
  const [line = ''] = `${answer.stdout}\n${answer.stderr}`.trim().split('\n');
  return line === '' ? `exit code ${answer.code}` : line.slice(0, 160);
};

const NVIDIA_VENDOR = '0x10de';
const VENDORS: Readonly<Record<string, 'AMD' | 'Intel'>> = { '0x1002': 'AMD', '0x8086': 'Intel' };

/** Cards of other vendors, which need no program to be seen. */
const drmCards = (sight: Sight): { readonly devices: readonly Accelerator[]; readonly nvidia: number } => {
  const folders = sight
    .list('/sys/class/drm')
    .filter((name) => /^card\d+$/.test(name))
    .map((name) => `/sys/class/drm/${name}/device`);
  const vendors = folders.map((folder) => ({ folder, id: sight.read(`${folder}/vendor`)?.trim() ?? '' }));
  return {
    nvidia: vendors.filter(({ id }) => id === NVIDIA_VENDOR).length,
    devices: vendors.flatMap(({ folder, id }) => {
      const vendor = VENDORS[id];
      if (vendor === undefined) return [];
      const memory = hasOwnMemory(sight, folder) ? Number(sight.read(`${folder}/mem_info_vram_total`)) : 0;
      const name = sight.read(`${folder}/product_name`)?.trim() || `device ${sight.read(`${folder}/device`)?.trim()}`;
      return [{ vendor, name, ...(memory > 0 ? { memoryBytes: memory } : {}) }];
    }),
  };
};

/** Graphics in the processor set some of the machine's memory aside; memory of its own has a maker. */
const hasOwnMemory = (sight: Sight, folder: string): boolean =>
  !/^(unknown)?$/.test(sight.read(`${folder}/mem_info_vram_vendor`)?.trim() ?? '');

/** Neural processors, by the driver that serves them. */
export const readNpus = (sight: Sight): Seen<readonly string[]> => {
  const accel = sight
    .list('/sys/class/accel')
    .map((name) => sight.follow(`/sys/class/accel/${name}/device/driver`)?.split('/').at(-1) ?? name);
  const ascend = sight.list('/dev').filter((name) => /^davinci\d+$/.test(name));
  const apex = sight.list('/dev').filter((name) => /^apex_\d+$/.test(name));
  return seen([...accel, ...ascend.map(() => 'Ascend'), ...apex.map(() => 'Coral')], '/sys/class/accel, /dev');
};

/** Whether containers can be given the GPUs. */
export const readToolkit = async (sight: Sight): Promise<Seen<string>> => {
  const answer = await sight.run('nvidia-ctk', ['--version']);
  const version = answer.kind === 'said' ? /version (\S+)/.exec(answer.stdout)?.[1] : undefined;
  if (version !== undefined) return seen(version, 'nvidia-ctk --version');
  const folder = ['/etc/cdi', '/var/run/cdi'].find((each) =>
    sight.list(each).some((name) => name.startsWith('nvidia')),
  );
  if (folder !== undefined) return seen('CDI', folder);
  return unseen('neither nvidia-ctk nor a CDI description of the GPUs is there');
};
