import { type Command, Option } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { userName } from '../local/trail.ts';
import type { AlertmanagerAddress } from './alertmanager-api.ts';
import { parseSpan } from './span.ts';

export interface AlertsOptions extends AlertmanagerAddress {
  readonly json?: true;
}

export interface SilenceOptions extends AlertsOptions {
  readonly for: number;
  readonly comment: string;
  readonly by: string;
}

export const EXIT_CODES = '\nExit codes: 0 done, 1 no Alertmanager or it refused, 64 wrong option.';

/** The options of every command that asks Alertmanager. */
export const withAddress = (command: Command): Command =>
  command
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--alertmanager <url>', 'another Alertmanager than the one of the data folder')
    .option('--json', 'print JSON');

/** And those of every command that keeps alerts quiet: for how long, why, and who says so. */
export const withReason = (command: Command, span?: string): Command => {
  const time = new Option('--for <span>', 'how long, such as 30m, 2h or 1d12h; it ends by itself').argParser(parseSpan);
  command.addOption(span === undefined ? time.makeOptionMandatory() : time.default(parseSpan(span), span));
  return withAddress(
    command.requiredOption('--comment <text>', 'why; others read it').option('--by <name>', 'who', userName()),
  );
};

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
