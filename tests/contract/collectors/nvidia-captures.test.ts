import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../collectors/fake-clock.ts';
import { systemFiles } from '../../../collectors/files.ts';
import { nvidiaSmiCollector } from '../../../collectors/gpu/nvidia/plugin.ts';
import { startProgram } from '../../../collectors/program.ts';
import { quietLog } from '../../../collectors/quiet-log.ts';
import type { AcceleratorReading } from '../../../collectors/reader.ts';
import { installFakeSmi } from '../../fake-nvidia-smi/install.ts';
import type { FakeState } from '../../fake-nvidia-smi/state.ts';
import { until } from '../../stream.ts';

const goldenOf = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/collectors/nvidia/${name}.txt`, import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-smi-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A line for each value, so that a golden file is read from top to bottom. */
const describeReading = (devices: readonly AcceleratorReading[]): string =>
  devices
    .flatMap(({ id, type, vendor, model, driverVersion, parent, health, samples }) => [
      `${id} ${type} ${vendor} ${model}${driverVersion === undefined ? '' : ` ${driverVersion}`}${parent === undefined ? '' : ` of ${parent}`}: ${health}`,
      ...samples.map(({ key, value, labels }) => {
        const { 'hw.id': _id, 'hw.type': _type, ...more } = labels as Record<string, unknown>;
        return `  ${key} ${Object.entries(more)
          .map(([name, each]) => `${name}=${each}`)
          .join(' ')} ${value}`.replace(/ {2,}(?=\S*$)/, ' ');
      }),
    ])
    .join('\n')
    .concat('\n');

const CASES: Readonly<Record<string, Partial<FakeState>>> = {
  h100: { capture: 'h100', gpus: 1 },
  h200: { capture: 'h200', gpus: 1 },
  'h200-mig': { capture: 'h200-mig', gpus: 1 },
  l40s: { capture: 'l40s', gpus: 1 },
  'rtx-4080-super': { capture: 'rtx-4080-super', gpus: 1 },
  'old-driver': { capture: 'l40s', gpus: 1, isOld: true },
  lost: { capture: 'h200', gpus: 2, fault: 'lost' },
  throttled: {
    ...{ capture: 'h200', gpus: 1 },
    cells: {
      'clocks_event_reasons.active': '0x0000000000000048',
      'clocks_event_reasons_counters.hw_thermal_slowdown': '1500000',
    },
  },
  'needs-care': {
    ...{ capture: 'h200', gpus: 1 },
    cells: {
      gpu_recovery_action: 'Drain and Reset',
      'ecc.errors.uncorrected.volatile.total': '3',
      'remapped_rows.pending': 'Yes',
      'remapped_rows.failure': 'Yes',
    },
  },
  'words-for-nothing': {
    ...{ capture: 'h200', gpus: 1 },
    cells: {
      'fan.speed': '',
      'power.draw': '[Not Supported]',
      'temperature.memory': '[Insufficient Permissions]',
      'utilization.gpu': '0',
      'memory.used': '0',
      'enforced.power.limit': '[Unknown Error]',
      'clocks.current.video': 'ERR!',
    },
  },
  units: { capture: 'h200', gpus: 1, cells: { 'memory.total': '143771 MiB', 'power.draw': '627.40 W' } },
};

const hasLinks = ({ capture, fault }: Partial<FakeState>): boolean =>
  (capture === 'h100' || capture === 'h200') && fault !== 'lost';

describe.skipIf(process.platform !== 'linux')('the readings of nvidia-smi', () => {
  it.each(Object.entries(CASES))('%s', async (name, state) => {
    const smi = installFakeSmi(dir, { apps: [{ gpu: (state.gpus ?? 1) - 1, pid: 42, memory: '512' }], ...state });
    writeFileSync(smi.options.kernelLog ?? '', '');
    const clock = new FakeClock();
    const owners = { ownerOf: (pid: number) => (pid === 42 ? ({ kind: 'engine', index: 0 } as const) : undefined) };
    const reader = await nvidiaSmiCollector.start({
      config: nvidiaSmiCollector.config({ ...smi.options, mode: 'query' }),
      ...{ intervalMs: 1000, clock, start: startProgram, files: systemFiles, owners, log: quietLog },
    });
    const read = async (): Promise<readonly AcceleratorReading[]> => {
      const outcome = await reader.read(new AbortController().signal);
      return outcome.kind === 'read' ? outcome.reading : [];
    };
    // Beside the rows, memory by process, slices and links are asked for, one at a time: until all of them are there.
    const wanted = ['processAcceleratorMemory', ...(hasLinks(state) ? ['nvlinkLinks', 'nvlinkIo'] : [])];
    const devices = await until(read, (found) => {
      const keys = new Set<string>(found.flatMap(({ samples }) => samples.map(({ key }) => key)));
      return wanted.every((key) => keys.has(key)) && (state.capture !== 'h200-mig' || found.length > 1);
    });
    await reader.stop();
    await expect(describeReading(devices)).toMatchFileSnapshot(goldenOf(name));
  });
});
