import type { CollectorKey } from './reader.ts';
import type { Sample } from './sample.ts';

const TERA = 1e12;
const MEMORY = [0, 64 * TERA] as const;
const CELSIUS = [-20, 130] as const;
const COUNT = [0, Number.MAX_SAFE_INTEGER] as const;

/**
 * What a value can be. Firmware gives torn readings now and then (2112 °C on an AMD card, a load of 20,000 % on a Rockchip
 * NPU after a crash), and one of them must not page anybody.
 */
const RANGES: { readonly [K in CollectorKey]?: readonly [number, number] } = {
  temperature: CELSIUS,
  temperatureLimit: [0, 150],
  temperatureMargin: [-110, 150],
  gpuUtilization: [0, 1],
  gpuMemoryUsage: MEMORY,
  gpuMemoryLimit: MEMORY,
  gpuMemoryReserved: MEMORY,
  processAcceleratorMemory: MEMORY,
  power: [0, 10_000],
  powerLimit: [0, 10_000],
  energy: COUNT,
  // The intended speed, which may be above the nominal one.
  fanSpeed: [0, 3],
  clock: [0, 2e10],
  throttledTime: COUNT,
  hwErrors: COUNT,
  pcieGeneration: [0, 16],
  pcieLanes: [0, 64],
};

/** The samples a device can have, and how many it cannot. */
export const withoutImplausible = (
  samples: readonly Sample[],
): { readonly samples: readonly Sample[]; readonly dropped: number } => {
  const kept = samples.filter(isPlausible);
  return { samples: kept, dropped: samples.length - kept.length };
};

const isPlausible = ({ key, value }: Sample): boolean => {
  const [least, most] = RANGES[key] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return Number.isFinite(value) && value >= least && value <= most;
};
