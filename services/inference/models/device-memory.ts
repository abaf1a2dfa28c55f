import type { ModelConfig } from '../../../core/config/schema.ts';

/** One accelerator and the memory nobody uses on it. */
export interface DeviceMemory {
  readonly uuid: string;
  readonly freeBytes: number;
}

/** What a model may take on the devices it is to run on; `undefined` where it runs on none that is known. */
export const freeOnDevices = (
  { device, gpuLayers, split }: Pick<ModelConfig, 'device' | 'gpuLayers' | 'split'>,
  devices: readonly DeviceMemory[],
): number | undefined => {
  if (device === 'cpu' || gpuLayers === 0) return undefined;
  const named =
    device === 'auto' ? devices : devices.filter(({ uuid }) => device.some((name) => uuid.startsWith(name)));
  if (named.length === 0) return undefined;
  const free = named.map(({ freeBytes }) => freeBytes);
  return split === 'none' ? Math.max(...free) : free.reduce((sum, bytes) => sum + bytes, 0);
};
