import { z } from 'zod';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { parseOptions } from '../../options.ts';
import type { AcceleratorPlugin, AcceleratorReader } from '../../reader.ts';
import { EnergyMeter } from '../energy.ts';
import { Cards } from './cards.ts';

const schema = z.strictObject({
  /** Where the kernel lists graphics cards. */
  folder: z.string().min(1).default('/sys/class/drm'),
  deadlineMs: z.int().min(100).max(60_000).default(5000),
});

/** Some 25 files a card, each a trip through the thread pool, because a sick card may hold one up for ever. */
const INTERVAL_MS = 5000;

export type AmdOptions = z.output<typeof schema>;

/** Reads AMD cards from sysfs, without any tool. Not tried on hardware. */
export const amdCollector: AcceleratorPlugin<AmdOptions> = definePlugin({
  manifest: { id: 'collector.amd', kind: 'collector', summary: 'AMD GPUs through sysfs' },
  config: (raw: unknown) => parseOptions(schema, raw, 'amd'),
  async start(context): Promise<AcceleratorReader> {
    const { config, intervalMs } = context;
    const slowMs = Math.max(intervalMs, INTERVAL_MS);
    const cards = new Cards(config, context, new EnergyMeter(3 * slowMs));
    return {
      ...{ intervalMs: slowMs, deadlineMs: config.deadlineMs },
      read: () => cards.read(),
      stop: async () => undefined,
    };
  },
});
