import { z } from 'zod';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { EnergyMeter } from '../../gpu/energy.ts';
import { parseOptions } from '../../options.ts';
import { withoutImplausible } from '../../plausible.ts';
import { isInstalled, ProgramRunner } from '../../program.ts';
import { type AcceleratorPlugin, type AcceleratorReader, PROGRAM_INTERVAL_MS } from '../../reader.ts';
import { sample } from '../../sample.ts';
import { readTable } from './table.ts';

const schema = z.strictObject({
  /** The program, by name or path. */
  command: z.string().min(1).default('npu-smi'),
  deadlineMs: z.int().min(100).max(60_000).default(10_000),
});

type AscendOptions = z.output<typeof schema>;

/** Reads Ascend NPUs through npu-smi. Not tried on hardware. */
export const ascendCollector: AcceleratorPlugin<AscendOptions> = definePlugin({
  manifest: { id: 'collector.ascend', kind: 'collector', summary: 'Ascend NPUs through npu-smi' },
  config: (raw: unknown) => parseOptions(schema, raw, 'ascend'),
  async start({ config, start, clock, intervalMs }): Promise<AcceleratorReader> {
    const { command, deadlineMs } = config;
    const runner = new ProgramRunner(start, clock);
    const slowMs = Math.max(intervalMs, PROGRAM_INTERVAL_MS);
    const energy = new EnergyMeter(3 * slowMs);
    return {
      ...{ intervalMs: slowMs, deadlineMs },
      async read() {
        if (!isInstalled(command)) return { kind: 'absent', why: `no program ${command}` };
        const run = await runner.run(command, ['info'], deadlineMs);
        if (run.kind === 'failed') return run;
        const said = `${run.stdout}\n${run.stderr}`;
        if (run.code !== 0) {
          const words = said.trim().split('\n')[0]?.slice(0, 200);
          return { kind: 'failed', reason: 'exit_other', detail: `npu-smi: exit code ${run.code} (${words})` };
        }
        const chips = readTable(run.stdout);
        if (chips === undefined) return { kind: 'failed', reason: 'malformed', detail: 'npu-smi: expected its table' };
        if (chips.length === 0) return { kind: 'absent', why: 'npu-smi lists no chip' };
        let implausible = 0;
        const reading = chips.map((chip) => {
          const { samples, dropped } = withoutImplausible(chip.samples);
          implausible += dropped;
          const power = samples.find(({ key }) => key === 'power')?.value;
          const labels = { 'hw.id': chip.id, 'hw.type': 'npu' } as const;
          const summed = power === undefined ? [] : [sample('energy', energy.add(chip.id, power, clock.now()), labels)];
          return { ...chip, samples: [...samples, ...summed] };
        });
        return { kind: 'read', reading, implausible };
      },
      stop: async () => runner.stop(),
    };
  },
});
