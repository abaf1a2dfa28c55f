import type { ModelConfig } from '../../../core/config/schema.ts';
import type { MemoryNeed } from './estimate.ts';
import type { Adjustment, FitResult, FreeMemory } from './fit.ts';
import { formatBytes } from './format.ts';
import type { ContextPlan } from './memory.ts';

/** Settings as they are written in the configuration: `kvTokens: 8192, options.kvType: q8_0`. */
export const describeAdjustment = ({ kvType, ...sizes }: Adjustment): string =>
  [
    ...Object.entries(sizes).map(([name, value]) => `${name}: ${value}`),
    ...(kvType === undefined ? [] : [`options.kvType: ${kvType}`]),
  ].join(', ');

/** What a replica needs, part by part: `446 MB (98.4 MB weights + …)`. */
export const describeNeed = ({
  weightsBytes,
  kvBytes,
  computeBytes,
  processBytes,
  cacheBytes,
  totalBytes,
}: MemoryNeed): string => {
  const parts = [
    [weightsBytes, 'weights'],
    [kvBytes, 'key-value memory'],
    [computeBytes, 'compute buffers'],
    [processBytes, 'process'],
    [cacheBytes, 'prefix cache'],
  ] as const;
  const known = parts.flatMap(([bytes, name]) => (bytes === undefined ? [] : [`${formatBytes(bytes)} ${name}`]));
  return `${totalBytes === undefined ? 'at least' : formatBytes(totalBytes)} (${known.join(' + ')})`;
};

/** Why a model does not fit, with the numbers, and the nearest settings with which it would. */
export const describeMisfit = (
  { id, slots, engine }: Pick<ModelConfig, 'id' | 'slots' | 'engine'>,
  { plan, ways, quantization }: FitResult & { readonly fits: false },
  free: FreeMemory,
): string => {
  const nearest = ways.slice(0, 3).map(({ adjustment, plan: { need } }) => {
    const total = need.totalBytes === undefined ? '' : ` (${formatBytes(need.totalBytes)})`;
    return `${describeAdjustment(adjustment)}${total}`;
  });
  const smaller =
    quantization === undefined ? [] : [`a smaller file: clawdbot models quantize ${id} --type ${quantization}`];
  const waysOut = [...nearest, ...smaller].join('; or ');
  return `model ${id}: ${describeSetting(plan, slots, engine)} need ${describeNeed(plan.need)}, ${describeFree(free)} free; ${
    waysOut === '' ? 'no setting of it fits here: choose a smaller model' : `nearest that fits: ${waysOut}`
  }${ways.length === 0 ? '' : '; fit: auto applies the first'}`;
};

const describeSetting = ({ context, kvTokens }: ContextPlan, slots: number, engine: string): string =>
  `engine ${engine} with ${slots} slots, context ${context} and ${kvTokens} cells of key-value memory`;

const describeFree = ({ hostBytes, deviceBytes }: FreeMemory): string =>
  deviceBytes === undefined
    ? `${formatBytes(hostBytes)} are`
    : `${formatBytes(deviceBytes)} of the device and ${formatBytes(hostBytes)} of the host are`;
