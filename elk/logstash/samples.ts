import type { GrokName } from './patterns.ts';

/** A line, the pattern that must fit it first of those it is tried against, and what must be found in it. */
export interface Sample {
  readonly pattern: GrokName;
  readonly line: string;
  readonly found: Readonly<Record<string, string | number>>;
}

const KERNEL_SAID: readonly Sample[] = [
  {
    pattern: 'CLAWDBOT_XID',
    line: 'NVRM: Xid (PCI:0000:3b:00): 79, pid=1234, name=node, GPU has fallen off the bus.',
    found: {
      ...{ '[labels][pci_address]': '0000:3b:00', '[error][code]': '79', '[process][pid]': 1234 },
      ...{ '[process][name]': 'node', '[error][message]': 'GPU has fallen off the bus.' },
    },
  },
  {
    pattern: 'CLAWDBOT_XID',
    line: "NVRM: Xid (PCI:0000:01:00): 13, pid='<unknown>', name=<unknown>, Graphics SM Warp Exception on (GPC 0, TPC 1, SM 0): Out Of Range Address",
    found: {
      ...{ '[labels][pci_address]': '0000:01:00', '[error][code]': '13', '[process][name]': '<unknown>' },
      '[error][message]': 'Graphics SM Warp Exception on (GPC 0, TPC 1, SM 0): Out Of Range Address',
    },
  },
  {
    pattern: 'CLAWDBOT_XID',
    line: 'NVRM: Xid (0000:03:00): 56, CMDre 00000000 00000080 00000000 00000005 00000010',
    found: { '[labels][pci_address]': '0000:03:00', '[error][code]': '56' },
  },
  {
    pattern: 'CLAWDBOT_NVRM',
    line: 'NVRM: GPU at PCI:0000:3b:00: GPU-00000000-fa5e-0000-0000-000000000000',
    found: { '[error][message]': 'GPU at PCI:0000:3b:00: GPU-00000000-fa5e-0000-0000-000000000000' },
  },
  {
    pattern: 'CLAWDBOT_NVRM',
    line: 'nvidia-modeset: ERROR: GPU:0: Idling display engine timed out',
    found: { '[error][message]': 'ERROR: GPU:0: Idling display engine timed out' },
  },
  {
    pattern: 'CLAWDBOT_AMDGPU',
    line: 'amdgpu 0000:03:00.0: amdgpu: GPU reset begin!',
    found: { '[labels][pci_address]': '0000:03:00.0', '[error][message]': 'GPU reset begin!' },
  },
  {
    pattern: 'CLAWDBOT_OOM',
    line: 'Out of memory: Killed process 4242 (node) total-vm:1234kB, anon-rss:100kB, file-rss:0kB, shmem-rss:0kB',
    found: { '[process][pid]': 4242, '[process][name]': 'node' },
  },
  {
    pattern: 'CLAWDBOT_OOM',
    line: 'Memory cgroup out of memory: Killed process 77 (llama-server) total-vm:9kB',
    found: { '[process][pid]': 77, '[process][name]': 'llama-server' },
  },
];

/** Each once as rsyslog and once as journald's exporter writes the time. */
const KERNEL: readonly Sample[] = KERNEL_SAID.flatMap(({ line }) =>
  ['Nov  9 18:00:01', '2026-11-09T18:00:01.123456+01:00'].map(
    (time): Sample => ({
      pattern: 'CLAWDBOT_KERNEL',
      line: `${time} gpu-01.example.org kernel: [12345.678901] ${line}`,
      found: { '[@metadata][time]': time, '[host][hostname]': 'gpu-01.example.org', '[@metadata][said]': line },
    }),
  ),
);

const ENGINE: readonly Sample[] = [
  {
    pattern: 'CLAWDBOT_ASSERT',
    line: '/build/llama.cpp/ggml/src/ggml.c:3149: GGML_ASSERT(a->ne[2] == b->ne[0]) failed',
    found: {
      ...{ '[labels][file]': '/build/llama.cpp/ggml/src/ggml.c', '[labels][line]': '3149' },
      '[error][type]': 'GGML_ASSERT',
    },
  },
  {
    pattern: 'CLAWDBOT_DEVICE_ERROR',
    line: 'CUDA error: out of memory',
    found: { '[error][type]': 'CUDA error', '[error][message]': 'out of memory' },
  },
  {
    pattern: 'CLAWDBOT_DEVICE_ERROR',
    line: '/build/ggml-cuda/ggml-cuda.cu:88: CUDA error: an illegal memory access was encountered',
    found: { '[labels][line]': '88', '[error][message]': 'an illegal memory access was encountered' },
  },
  {
    pattern: 'CLAWDBOT_LLAMA',
    line: 'llama.cpp: llama_model_load: error loading model: tensor blk.0.attn_q.weight has wrong shape',
    found: {
      '[error][message]': 'llama_model_load: error loading model: tensor blk.0.attn_q.weight has wrong shape',
    },
  },
  {
    pattern: 'CLAWDBOT_LLAMA_CLOCK',
    line: '0.00.035.060 W llama_context: n_ctx_seq (4096) < n_ctx_train (8192)',
    found: { '[@metadata][letter]': 'W', '[labels][function]': 'llama_context' },
  },
  {
    pattern: 'CLAWDBOT_OFFLOAD',
    line: 'load_tensors: offloaded 32/33 layers to GPU',
    found: {
      ...{ '[labels][function]': 'load_tensors', '[labels][layers_offloaded]': '32', '[labels][layers]': '33' },
    },
  },
  {
    pattern: 'CLAWDBOT_FUNCTION',
    line: 'llama_kv_cache: size = 96.00 MiB (4096 cells, 32 layers, 1 seqs)',
    found: { '[labels][function]': 'llama_kv_cache' },
  },
];

const TERMINAL: readonly Sample[] = [
  {
    pattern: 'CLAWDBOT_TERMINAL',
    line: '18:59:26 info  gateway.started listening on https://localhost:8443',
    found: { '[log][level]': 'info', '[event][action]': 'gateway.started' },
  },
  {
    pattern: 'CLAWDBOT_TERMINAL',
    line: '18:59:26 error request.failed',
    found: { '[log][level]': 'error', '[event][action]': 'request.failed' },
  },
  {
    pattern: 'CLAWDBOT_CONTAINER_FILE',
    line: '/var/lib/docker/containers/0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9/0a1b-json.log',
    found: { '[container][id]': '0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9' },
  },
];

/** By what they are tried against. */
export const SAMPLES = { kernelLine: KERNEL, kernel: KERNEL_SAID, engine: ENGINE, other: TERMINAL } as const;

/** Lines that fit nothing, with what they are tried against: they stay as they are. */
export const STRANGE = {
  kernelLine: ['usb 1-1: new high-speed USB device', '{"log.level":"error"}'],
  kernel: ['usb 1-1: new high-speed USB device number 2', 'xNVRM: Xid (PCI:0000:3b:00): 79, pid=1, no'],
  engine: ['{"log.level":"error","event.action":"key.created"}', '', 'cannot find libodd.so', '\n0.00.035.060 W x: y'],
  other: ['18:59 info gateway.started', '{"level":"info"}', '\n18:59:26 info  gateway.started'],
} as const satisfies Record<keyof typeof SAMPLES, readonly string[]>;
