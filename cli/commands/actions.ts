import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { askActions, findActions } from '../local/actions-service.ts';
import { printable } from '../narration/printable.ts';

/** The parts of a decision that are shown. */
interface Decision {
  readonly at: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly alert?: string;
  readonly status?: string;
}

interface ListOptions {
  readonly data: string;
  readonly limit: string;
  readonly action?: string;
  readonly json?: true;
}

/** `clawdbot actions list`. */
export const actionsCommand = (): Command =>
  new Command('actions').description('what was done about alerts').addCommand(
    new Command('list')
      .description('show what was decided about alerts, the latest last: also when nothing was done, and why')
      .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
      .option('-n, --limit <number>', 'how many', '50')
      .option('--action <name>', 'only those of this action, such as sms')
      .option('--json', 'print the document of the API, the latest first')
      .addHelpText('after', '\nExit codes: 0 shown, 1 not running or refused.')
      .action(async (options: ListOptions) => {
        process.exitCode = await list(options);
      }),
  );

const list = async ({ data, limit, action, json }: ListOptions): Promise<number> => {
  const run = findActions(data);
  if (run === undefined) return fail(`no actions process runs on the data folder ${data}; «npm start» starts it`);
  const query = new URLSearchParams({ limit, ...(action === undefined ? {} : { action }) });
  const { status, body } = await askActions(data, run, `/api/v1/actions?${query}`);
  // Safe: our own API answers in these two forms.
  if (status !== 200) return fail((body as { error: { message: string } }).error.message);
  const { actions } = body as { actions: readonly Decision[] };
  if (json) process.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
  else for (const decision of actions.toReversed()) process.stdout.write(`${lineOf(decision)}\n`);
  return EXIT.ok;
};

const lineOf = ({ at, action, outcome, alert, status, reason }: Decision): string => {
  const about = alert === undefined ? '' : ` ${alert}${status === 'resolved' ? ' (resolved)' : ''}`;
  return printable(`${at.slice(0, 19).replace('T', ' ')}  ${action.padEnd(8)} ${outcome.padEnd(8)}${about}  ${reason}`);
};

const fail = (message: string): number => {
  process.stderr.write(`clawdbot: ${message}\n`);
  return EXIT.failed;
};
