import { describe, expect, it } from 'vitest';
import { createBufferReports } from './buffer-sizes.ts';

const MIB = 1024 * 1024;

const read = (...lines: readonly string[]) => {
  const reports = createBufferReports();
  for (const line of lines) reports.read(line);
  return reports.sizes();
};

describe('createBufferReports', () => {
  it('adds up what llama.cpp says of its buffers, and takes the last word on those for computing', () => {
    expect(
      read(
        'load_tensors:   CPU_Mapped model buffer size =    92.27 MiB',
        'llama_context:        CPU  output buffer size =     0.50 MiB',
        'llama_kv_cache:        CPU KV buffer size =    10.00 MiB',
        'llama_kv_cache:      CUDA0 KV buffer size =    20.00 MiB',
        'sched_reserve:        CPU compute buffer size =    90.00 MiB',
        'sched_reserve:        CPU compute buffer size =    96.25 MiB',
        'llama_adapter_lora_init_impl:        CPU LoRA buffer size =     1.00 MiB',
      ),
    ).toEqual({ kvBytes: 30 * MIB, computeBytes: 96.75 * MIB, adapterBytes: MIB });
  });

  it('knows nothing where nothing was said', () => {
    expect(read('load_tensors: offloaded 0/31 layers to GPU')).toBeUndefined();
  });
});
