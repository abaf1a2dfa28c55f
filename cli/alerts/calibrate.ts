import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { calibrationQueries, type DeviceHistory, type Proposal, proposeLimit } from '../../alerting/rules/calibrate.ts';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { dataPaths, defaultDataDir } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import { readProgramRun } from '../programs/run-file.ts';
import { queryPrometheus, type Sample } from './prometheus-query.ts';

interface CalibrateOptions {
  readonly config?: string;
  readonly data: string;
  readonly prometheus?: string;
  readonly days: number;
  readonly json?: true;
}

const ELSEWHERE = 'http://127.0.0.1:9090';
const MOST_DAYS = 90;

const toDays = (text: string): number => {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError(`expected whole days from 1 to ${MOST_DAYS}`);
};

/** `clawdbot alerts calibrate`: limits of temperature that fit the devices, from what they did. */
export const calibrateCommand = (): Command =>
  new Command('calibrate')
    .description('propose a limit of temperature for each accelerator, from what Prometheus saw')
    .option(
      '-c, --config <file>',
      'configuration file (default: CLAWDBOT_CONFIG, else clawdbot.yaml here or in the data folder)',
    )
    .option('-d, --data <dir>', 'data folder', defaultDataDir(process.env))
    .option('--prometheus <url>', 'which one to ask (default: that of the data folder)')
    .option('--days <n>', 'how far to look back', toDays, 7)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 printed, 1 no Prometheus answers, 78 configuration invalid.')
    .action(async (options: CalibrateOptions) => {
      const file = options.config ?? findConfigFile(process.env, ['', options.data]);
      const { config } = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
      const url = options.prometheus ?? readProgramRun(dataPaths(options.data).run, 'prometheus')?.url ?? ELSEWHERE;
      const proposals = await calibrate(url, options.days, config.alerts.accelerators);
      process.stdout.write(
        `${options.json === true ? JSON.stringify(proposals, null, 2) : renderProposals(proposals, options.days)}\n`,
      );
    });

const calibrate = async (
  url: string,
  days: number,
  { temperatureCelsius, devices }: Config['alerts']['accelerators'],
): Promise<readonly Proposal[]> => {
  const { plateau, minutes, slowdown } = calibrationQueries(days);
  const [plateaus = [], counts = [], slowdowns = []] = await queryPrometheus(url, [plateau, minutes, slowdown]);
  return plateaus.map((sample): Proposal => {
    const { hw_id: id = '', instance = '' } = sample.labels;
    const history: DeviceHistory = {
      ...{ id, instance, plateau: sample.value },
      minutes: same(counts, sample) ?? 0,
      slowdown: same(slowdowns, sample),
    };
    return proposeLimit(history, devices[id]?.temperatureCelsius ?? temperatureCelsius);
  });
};

const same = (samples: readonly Sample[], { labels }: Sample): number | undefined =>
  samples.find((one) => one.labels.hw_id === labels.hw_id && one.labels.instance === labels.instance)?.value;

/** YAML to copy, with the reasons as comments. */
const renderProposals = (proposals: readonly Proposal[], days: number): string => {
  if (proposals.length === 0) return `# no temperature of an accelerator in ${days} days`;
  const reasons = proposals.map(({ id, instance, reason }) => `# ${id} on ${instance}: ${reason}`);
  const proposed = proposals.flatMap(({ id, celsius }) =>
    celsius === undefined ? [] : [[id, { temperatureCelsius: celsius }]],
  );
  if (proposed.length === 0) return reasons.join('\n');
  const yaml = stringify({ alerts: { accelerators: { devices: Object.fromEntries(proposed) } } }).trimEnd();
  return [...reasons, yaml].join('\n');
};
