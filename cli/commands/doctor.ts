import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { type Check, type CheckName, countResults } from '../../core/hardware/check.ts';
import type { Report } from '../../core/hardware/doctor.ts';
import { examine } from '../doctor/examine.ts';
import { engineThreads, type JudgeOptions, judgeModel } from '../doctor/model.ts';
import { describeReport } from '../doctor/print.ts';
import { recordReport } from '../doctor/record.ts';
import { describeVerdict, type ModelVerdict } from '../doctor/verdict.ts';
import { stopOnSignals } from '../models/stop-on-signals.ts';

interface DoctorOptions {
  readonly config?: string;
  readonly data: string;
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly model?: string;
}

/** `clawdbot doctor`: what this machine can run, what it lacks, and what to do about it. */
export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('examine this machine: what it has, what the service wants, what to do')
    .option('-c, --config <file>', 'configuration file (default: the one `clawdbot up` would read)')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('-m, --model <id|file>', 'also say whether this model fits, and how fast it will be')
    .option('--quick', 'measure nothing: no second of load on memory and disk')
    .option('--json', 'print the report as JSON, quantities in base units')
    .addHelpText(
      'after',
      '\nNeeds no rights and asks no other machine; leaves its results as doctor.json in the data folder of a service.\nExit codes: 0 nothing is below the minimum, 1 something is or the model does not fit, 78 configuration invalid.',
    )
    .action(async (options: DoctorOptions) => {
      process.exitCode = await doctor(options);
    });

const doctor = async ({ json, quick, model, ...where }: DoctorOptions): Promise<number> => {
  const isMeasured = quick !== true;
  const report = await examine({ ...where, env: process.env, isMeasured });
  await recordReport(where.data, report);
  const verdict = model === undefined ? undefined : await judge(model, report, { ...where, isCalibrated: isMeasured });
  const whole = verdict === undefined ? report : { ...report, model: verdict };
  const text = describeReport(report, process.stdout.isTTY === true);
  const pages = verdict === undefined ? [text] : [text, '', describeVerdict(verdict)];
  process.stdout.write(`${json === true ? JSON.stringify(whole, null, 2) : pages.join('\n')}\n`);
  const isWell = countResults(report.checks).fail === 0 && verdict?.fits !== false;
  return isWell ? EXIT.ok : EXIT.failed;
};

const judge = async (
  id: string,
  { checks }: Report,
  options: Pick<JudgeOptions, 'config' | 'data' | 'isCalibrated'>,
): Promise<ModelVerdict> => {
  const interrupted = stopOnSignals(new ServiceError('ERR_ENGINE_FAILED', 'stopped before the model was judged'));
  const bandwidth = numberOf(checks, 'memory_bandwidth');
  const threads = engineThreads(numberOf(checks, 'cores') ?? 1);
  try {
    const { signal } = interrupted;
    return await judgeModel({ ...options, id, signal, threads, ...(bandwidth === undefined ? {} : { bandwidth }) });
  } finally {
    interrupted.release();
  }
};

const numberOf = (checks: readonly Check[], wanted: CheckName): number | undefined => {
  const value = checks.find(({ name }) => name === wanted)?.measured?.value;
  return typeof value === 'number' ? value : undefined;
};
