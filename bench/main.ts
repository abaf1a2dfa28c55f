import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report, SuiteOptions } from './suite.ts';

/** `npm run bench -- <suite>`: one loader per suite. */
const SUITES: Readonly<Record<string, (options: SuiteOptions) => Promise<Report>>> = {
  gateway: async (options) => (await import('./gateway.ts')).runGatewaySuite(options),
};

const USAGE = `usage: npm run bench -- <suite> [--smoke] [--out FILE]\nsuites: ${Object.keys(SUITES).join(', ')}`;

const main = async (): Promise<number> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      smoke: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const run = SUITES[positionals[0] ?? ''];
  if (run === undefined || values.help) {
    process.stderr.write(`${USAGE}\n`);
    return values.help ? 0 : 64;
  }
  const report = await run({ isSmoke: values.smoke });
  process.stdout.write(`${render(report)}\n`);
  if (values.out !== undefined) save(values.out, report);
  return 0;
};

const machine = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryBytes: totalmem(),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
});

const render = ({ suite, columns, rows, notes }: Report): string => {
  const { cores, cpu, node } = machine();
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ');
  return [
    `${suite}: ${cores} cores (${cpu}), Node ${node}, client on the same cores`,
    line(columns),
    ...rows.map(line),
    ...notes,
  ].join('\n');
};

const save = (file: string, report: Report): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ machine: machine(), ...report }, null, 2)}\n`);
};

process.exitCode = await main();
