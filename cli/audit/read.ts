import { Command, InvalidArgumentError, Option } from 'commander';
import { auditPaths } from '../../core/audit/files.ts';
import { readHeadFile } from '../../core/audit/head.ts';
import type { AuditLine } from '../../core/audit/line.ts';
import { fullKeyId } from '../../core/audit/purge.ts';
import { type AuditQuery, readTrail } from '../../core/audit/read.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { localUser, withTrail } from '../local/trail.ts';
import { printable } from '../narration/printable.ts';

interface Filter {
  readonly data: string;
  readonly since?: number;
  readonly until?: number;
  readonly key?: string;
  readonly outcome?: string;
  readonly action?: string;
  readonly requestId?: string;
  readonly after?: number;
}

type WithData = (command: Command) => Command;

const DEFAULT_ROWS = 50;
const RECORDED =
  '\nThat it was read is itself a record. Exit codes: 0 done, 1 the data folder cannot be used, 64 wrong option.';

/** `clawdbot audit list`. */
export const listCommand = (withData: WithData): Command =>
  withFilters(withData(new Command('list')))
    .description('show records, oldest first')
    .option('--limit <count>', 'most records to show', parseCount, DEFAULT_ROWS)
    .option('--json', 'print JSON')
    .addHelpText('after', RECORDED)
    .action(async (options: Filter & { readonly limit: number; readonly json?: true }) => {
      const lines: AuditLine[] = [];
      await putOnRecord('audit.read', options);
      for await (const { line } of readTrail(dataPaths(options.data).audit, queryOf(options))) {
        if (lines.length === options.limit) break;
        lines.push(line);
      }
      const { json } = options;
      say(
        json === true
          ? JSON.stringify(
              lines.map(({ fields }) => fields),
              null,
              2,
            )
          : lines.map(describe).join('\n'),
      );
    });

/** `clawdbot audit export`. */
export const exportCommand = (withData: WithData): Command =>
  withFilters(withData(new Command('export')))
    .description('print all records that fit, byte for byte as they are on disk, one a line')
    .addHelpText('after', RECORDED)
    .action(async (options: Filter) => {
      await putOnRecord('audit.exported', options);
      for await (const { bytes } of readTrail(dataPaths(options.data).audit, queryOf(options))) await write(bytes);
    });

/** `clawdbot audit head`. */
export const headCommand = (withData: WithData): Command =>
  withData(new Command('head'))
    .description('print the last signed head')
    .addHelpText('after', '\nExit codes: 0 printed, 1 there is none.')
    .action(async ({ data }: { readonly data: string }) => {
      const head = await readHeadFile(auditPaths(dataPaths(data).audit).head);
      if (head !== undefined) return say(JSON.stringify(head));
      process.stderr.write('clawdbot: no head was signed yet; start the service once\n');
      process.exitCode = EXIT.failed;
    });

const withFilters = (command: Command): Command =>
  command
    .option('--since <time>', 'not before this time (ISO 8601)', parseTime)
    .option('--until <time>', 'not after this time (ISO 8601)', parseTime)
    .option('--key <id>', 'only of this key: key:<id>, jwt:<subject> or local:<user>')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(['success', 'failure', 'unknown']))
    .option('--action <action>', 'only this action, such as inference.refused')
    .option('--request-id <id>', 'only of this request')
    .option('--after <sequence>', 'only behind this record', parseCount);

const putOnRecord = (action: string, { data, ...filter }: Filter): Promise<void> =>
  withTrail(data, (trail) => trail.append(action, { ...localUser(), labels: { filter: JSON.stringify(filter) } }));

const queryOf = ({ since, until, key, outcome, action, requestId, after }: Filter): AuditQuery => ({
  from: since,
  to: until,
  key: key === undefined ? undefined : fullKeyId(key),
  outcome,
  action,
  requestId,
  after,
});

/** Reads an ISO time as epoch milliseconds. */
export const parseTime = (text: string): number => {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('Expected a time such as 2026-11-28 or 2026-11-28T12:00:00Z.');
};

const parseCount = (text: string): number => {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('Expected a whole number.');
};

const SHOWN = [
  'user.id',
  'client.ip',
  'gen_ai.response.model',
  'error.code',
  'http.request.id',
  'labels.route',
] as const;

const describe = ({ sequence, action, fields }: AuditLine): string => {
  const details = SHOWN.flatMap((name) => (fields[name] === undefined ? [] : [`${name}=${String(fields[name])}`]));
  const start = [String(sequence).padStart(8), String(fields['@timestamp']), String(fields['event.outcome']).padEnd(7)];
  return printable([...start, action, ...details].join('  '));
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const write = (bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
