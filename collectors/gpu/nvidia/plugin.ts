import { definePlugin } from '../../../core/plugins/plugin.ts';
import type { AcceleratorPlugin } from '../../reader.ts';
import { type NvidiaOptions, parseNvidiaOptions } from './options.ts';
import { NvidiaReader } from './reader.ts';

/** Reads every NVIDIA GPU through nvidia-smi. */
export const nvidiaSmiCollector: AcceleratorPlugin<NvidiaOptions> = definePlugin({
  manifest: { id: 'collector.nvidia-smi', kind: 'collector', summary: 'NVIDIA GPUs through nvidia-smi' },
  config: parseNvidiaOptions,
  start: async ({ config, ...context }) => new NvidiaReader(config, context),
});
