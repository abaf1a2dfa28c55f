import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { countResults } from '../../core/hardware/check.ts';
import { examine } from '../doctor/examine.ts';
import { describeReport } from '../doctor/print.ts';

interface DoctorOptions {
  readonly config?: string;
  readonly data: string;
  readonly json?: boolean;
  readonly quick?: boolean;
}

/** `clawdbot doctor`: what this machine can run, what it lacks, and what to do about it. */
export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('examine this machine: what it has, what the service wants, what to do')
    .option('-c, --config <file>', 'configuration file (default: the one `clawdbot up` would read)')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--quick', 'measure nothing: no second of load on memory and disk')
    .option('--json', 'print the report as JSON, quantities in base units')
    .addHelpText(
      'after',
      '\nNeeds no rights, writes nothing, asks no other machine.\nExit codes: 0 nothing is below the minimum, 1 something is, 78 configuration invalid.',
    )
    .action(async (options: DoctorOptions) => {
      process.exitCode = await doctor(options);
    });

const doctor = async ({ json, quick, ...where }: DoctorOptions): Promise<number> => {
  const report = await examine({ ...where, env: process.env, isMeasured: quick !== true });
  const hasColour = process.stdout.isTTY === true;
  process.stdout.write(`${json === true ? JSON.stringify(report, null, 2) : describeReport(report, hasColour)}\n`);
  return countResults(report.checks).fail === 0 ? EXIT.ok : EXIT.failed;
};
