import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { DRILLS } from '../drills/catalogue/catalogue.ts';
import type { Drill } from '../drills/drill.ts';
import { runDrill } from '../drills/measure.ts';
import { writePage } from '../drills/page.ts';
import { PROFILE_NAMES, PROFILES, type ProfileName } from '../drills/profile.ts';
import { recordDrill } from '../drills/record.ts';
import { renderResults } from '../drills/report.ts';
import { type DrillResult, readResults } from '../drills/result.ts';
import { stopOnSignals } from '../models/stop-on-signals.ts';
import { renderTable } from '../models/table.ts';

interface RunOptions {
  readonly data: string;
  readonly all?: true;
  readonly profile: ProfileName;
  readonly minutes: number;
  readonly json?: true;
  readonly write?: true;
}

const PAGE = fileURLToPath(new URL('../../docs/drills.md', import.meta.url));

/** `clawdbot drill`: breaks a service of its own on purpose, and checks who notices what and when. */
export const drillCommand = (): Command =>
  new Command('drill')
    .description('break a service of its own on purpose, and check which alerts, messages and actions follow')
    .addCommand(listCommand())
    .addCommand(runCommand())
    .addCommand(writeCommand());

const listCommand = (): Command =>
  new Command('list')
    .description('the drills there are')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: true }) => {
      const rows = DRILLS.map(({ name, about, alerts }) => ({ name, about, alerts }));
      const table = () =>
        renderTable(
          ['DRILL', 'ALERTS', 'WHAT'],
          rows.map(({ name, about, alerts }) => [name, alerts.join(', ') || '-', about]),
        );
      process.stdout.write(`${json === true ? JSON.stringify(rows, null, 2) : table()}\n`);
    });

const runCommand = (): Command =>
  new Command('run')
    .description('run drills, each on a service of its own in a temporary folder; nothing that runs already is touched')
    .argument('[name...]', 'which ones')
    .option('--all', 'all of them, one after the other')
    .addOption(profileOption())
    .option('--minutes <number>', 'how long `healthy` lasts, and `gpu-steady` in the real profile', readMinutes, 30)
    .option(
      '-d, --data <dir>',
      'data folder of the service whose metrics show the results; where there is none, they are only printed',
      defaultDataDir(process.env),
    )
    .option('--json', 'results as JSON')
    .option('--write', 'put the results into docs/drills.md')
    .addHelpText('after', '\nExit codes: 0 all as expected, 1 not all, 78 unknown drill.')
    .action(async (names: readonly string[], options: RunOptions) => {
      process.exitCode = await run(choose(names, options), options);
    });

const profileOption = (): Option =>
  new Option('--profile <name>', 'fast: shortened waiting times; real: those that are shipped')
    .choices(PROFILE_NAMES)
    .default('fast');

const writeCommand = (): Command =>
  new Command('write')
    .description('put results that `drill run --json` printed into docs/drills.md')
    .argument('<file>', 'what it printed')
    .addOption(profileOption())
    .action(async (file: string, { profile }: Pick<RunOptions, 'profile'>) => {
      await writePage(PAGE, PROFILES[profile], readResults(readFileSync(file, 'utf8')));
    });

const readMinutes = (text: string): number => {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 1440) return minutes;
  throw new InvalidArgumentError('expected minutes, at most a day');
};

const choose = (names: readonly string[], { all }: RunOptions): readonly Drill[] => {
  if (all === true) return DRILLS;
  const unknown = names.find((name) => DRILLS.every((drill) => drill.name !== name));
  if (names.length > 0 && unknown === undefined) return DRILLS.filter(({ name }) => names.includes(name));
  const asked = unknown === undefined ? 'none' : `"${unknown}"`;
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `drill run: expected --all or names of «clawdbot drill list», got ${asked}`,
  );
};

const run = async (drills: readonly Drill[], { profile, minutes, json, write, data }: RunOptions): Promise<number> => {
  const stop = stopOnSignals(new Error('stopped'));
  const results: DrillResult[] = [];
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    for (const drill of drills) {
      say(`${drill.name}: ${drill.about}`);
      const result = await runDrill(drill, {
        ...{ profile: PROFILES[profile], minutes, signal: stop.signal },
        say: (text) => say(`${drill.name}: ${text}`),
      });
      results.push(result);
      await recordDrill(data, PROFILES[profile], result).catch((error: unknown) =>
        say(`${drill.name}: not recorded: ${error instanceof Error ? error.message : String(error)}`),
      );
      say(`${drill.name}: ${result.outcome}${result.problems.map((problem) => `\n  ${problem}`).join('')}`);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say('stopped');
  } finally {
    stop.release();
  }
  process.stdout.write(`${json === true ? JSON.stringify(results, null, 2) : renderResults(results)}\n`);
  if (write === true && !stop.signal.aborted) await writePage(PAGE, PROFILES[profile], results);
  return results.every(({ outcome }) => outcome !== 'failed') && !stop.signal.aborted ? EXIT.ok : EXIT.failed;
};
