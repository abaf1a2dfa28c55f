import { z } from 'zod';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { parseOptions } from '../../options.ts';
import { withoutImplausible } from '../../plausible.ts';
import type { AcceleratorPlugin, AcceleratorReader } from '../../reader.ts';
import { sample } from '../../sample.ts';
import { EnergyMeter } from '../energy.ts';
import { readCard } from './card.ts';

const schema = z.strictObject({
  /** Where the kernel lists graphics cards. */
  folder: z.string().min(1).default('/sys/class/drm'),
  deadlineMs: z.int().min(100).max(60_000).default(5000),
});

/** Some 25 files a card, each a trip through the thread pool, because a sick card may hold one up for ever. */
const INTERVAL_MS = 5000;

type AmdOptions = z.output<typeof schema>;

/** Reads AMD cards from sysfs, without any tool. Not tried on hardware. */
export const amdCollector: AcceleratorPlugin<AmdOptions> = definePlugin({
  manifest: { id: 'collector.amd', kind: 'collector', summary: 'AMD GPUs through sysfs' },
  config: (raw: unknown) => parseOptions(schema, raw, 'amd'),
  async start({ config, files, intervalMs, clock }): Promise<AcceleratorReader> {
    const { folder, deadlineMs } = config;
    const slowMs = Math.max(intervalMs, INTERVAL_MS);
    const energy = new EnergyMeter(3 * slowMs);
    return {
      ...{ intervalMs: slowMs, deadlineMs },
      async read() {
        const names = await files.list(folder).catch((): string[] => []);
        const cards = names.filter((name) => /^card\d+$/.test(name)).sort();
        const found = (await Promise.all(cards.map((card) => readCard(files, `${folder}/${card}`)))).filter(
          (card) => card !== undefined,
        );
        if (found.length === 0) return { kind: 'absent', why: `no AMD card in ${folder}` };
        let implausible = 0;
        const reading = found.map((card) => {
          const power = card.samples.find(({ key }) => key === 'power')?.value;
          const counts = card.samples.some(({ key }) => key === 'energy');
          const labels = { 'hw.id': card.id, 'hw.type': 'gpu' } as const;
          const summed =
            counts || power === undefined ? [] : [sample('energy', energy.add(card.id, power, clock.now()), labels)];
          const { samples, dropped } = withoutImplausible([...card.samples, ...summed]);
          implausible += dropped;
          return { ...card, samples };
        });
        return { kind: 'read', reading, implausible };
      },
      stop: async () => undefined,
    };
  },
});
