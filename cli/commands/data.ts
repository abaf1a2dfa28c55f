import { Command } from 'commander';
import { fullKeyId, type PurgeQuery, type PurgeReport } from '../../core/audit/purge.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { parseTime } from '../audit/read.ts';
import { purgeRunning } from '../data/purge-running.ts';
import { purgeStopped } from '../data/purge-stopped.ts';
import { isServiceRunning } from '../local/running-service.ts';

interface PurgeOptions {
  readonly data: string;
  readonly key: string;
  readonly before: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `clawdbot data purge`: deletes what one key left behind, whether the service runs or not. */
export const dataCommand = (): Command =>
  new Command('data').description('delete what was kept of somebody').addCommand(purgeCommand());

const purgeCommand = (): Command =>
  new Command('purge')
    .description('delete jobs, cached answers, kept prompts and usage of one key; the audit trail stays, and says so')
    .requiredOption('--key <id>', 'key:<id> of an API key, jwt:<subject> of a token; a bare id is that of an API key')
    .requiredOption('--before <time>', 'what was left before this time (ISO 8601)', parseTime)
    .option('--dry-run', 'count, and delete nothing')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, or jobs of the key still run, 64 wrong option.')
    .action(async ({ data, key, before, dryRun, json }: PurgeOptions) => {
      const query: PurgeQuery = { keyId: fullKeyId(key), before, isDryRun: dryRun === true };
      const report = isServiceRunning(data) ? await purgeRunning(data, query) : await purgeStopped(data, query);
      process.stdout.write(`${json === true ? JSON.stringify(report) : describe(report)}\n`);
      if ((report.runningJobs ?? 0) > 0) process.exitCode = 1;
    });

const describe = ({
  keyId,
  before,
  dryRun,
  jobs,
  runningJobs = 0,
  contents,
  usageRows,
  cache,
}: PurgeReport): string => {
  const count = (name: string, value: number | undefined) => (value === undefined ? [] : [`  ${value} ${name}`]);
  return [
    `${dryRun ? 'would delete' : 'deleted'}, of ${keyId} before ${before}:`,
    ...count('jobs', jobs),
    ...count('kept prompts and answers', contents),
    ...count('daily sums of its use', usageRows),
    ...(cache === 'cleared' ? ['  all its cached answers'] : []),
    ...(runningJobs > 0 ? [`  ${runningJobs} jobs run right now and stay; run this again when they have ended`] : []),
  ].join('\n');
};
