const LINE = /^\S+:\s+(\S+)\s+(KV|RS|compute|output|LoRA) buffer size\s*=\s*(\d+(?:\.\d+)?) MiB/;
const MIB = 1024 * 1024;

/** What a context has allocated, in bytes. */
export interface BufferSizes {
  /** Keys and values, or recurrent states. */
  readonly kvBytes: number;
  readonly computeBytes: number;
  readonly adapterBytes: number;
}

export interface BufferReports {
  /** One line of llama.cpp's log; others than those about buffers are passed over. */
  read(line: string): void;
  /** `undefined`: it said nothing of buffers, so nothing is known. */
  sizes(): BufferSizes | undefined;
}

/**
 * Adds up what llama.cpp logs of its buffers: its C API does not tell. A device's compute buffer may be reported again
 * when its graph is planned anew; the last report counts.
 */
export const createBufferReports = (): BufferReports => {
  const compute = new Map<string, number>();
  const sums = { KV: 0, RS: 0, output: 0, LoRA: 0 };
  let isKnown = false;
  return {
    read(line) {
      const [, device = '', kind, size] = LINE.exec(line) ?? [];
      if (kind === undefined) return;
      const bytes = Math.round(Number(size) * MIB);
      if (kind === 'compute') compute.set(device, bytes);
      else if (kind === 'KV' || kind === 'RS' || kind === 'output' || kind === 'LoRA') sums[kind] += bytes;
      isKnown ||= kind !== 'LoRA';
    },
    sizes() {
      if (!isKnown) return undefined;
      const computed = [...compute.values()].reduce((sum, bytes) => sum + bytes, 0);
      return { kvBytes: sums.KV + sums.RS, computeBytes: computed + sums.output, adapterBytes: sums.LoRA };
    },
  };
};
