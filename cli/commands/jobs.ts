import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { dataPaths, defaultDataDir } from '../../core/config/paths.ts';
import { JOB_STATES, type Job, type JobState } from '../../services/inference/jobs/job.ts';
import { readWebhookSecret } from '../../services/inference/jobs/webhook-secret.ts';
import { answerOf } from '../local/answer-of.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';
import { printable } from '../narration/printable.ts';

interface JobOptions extends ServiceAddress {
  readonly json?: true;
}

interface ListOptions extends JobOptions {
  readonly state?: JobState;
  readonly limit: number;
  readonly before?: string;
}

interface Page {
  readonly jobs: readonly Job[];
  readonly next: string | null;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** The subject of the token in the `curl` line that `npm start` prints. */
const DEFAULT_SUBJECT = 'quickstart';
const EXIT_CODES = '\nExit codes: 0 done, 1 no such job or no service, 64 wrong option.';
const WHOSE = '\nA job belongs to the credential that submitted it: name it with --subject or --token.';

/** `clawdbot jobs list|get|cancel|webhook-secret`: asynchronous requests of the running service. */
export const jobsCommand = (): Command =>
  new Command('jobs')
    .description('list, show and cancel asynchronous requests')
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(cancelCommand())
    .addCommand(secretCommand());

const listCommand = (): Command =>
  withService(new Command('list'))
    .description('list jobs, newest first')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(JOB_STATES))
    .option('--limit <count>', `jobs per page, 1 to ${MAX_LIMIT}`, parseLimit, DEFAULT_LIMIT)
    .option('--before <id>', 'the page after the one that ended with this job')
    .addHelpText('after', `${WHOSE}${EXIT_CODES}`)
    .action(async (options: ListOptions) => {
      // Safe: the shape is that of the route, which its own tests hold to the document.
      const page = (await ask(options, 'GET', `/api/v1/jobs?${queryOf(options)}`)) as Page;
      say(options.json ? JSON.stringify(page, null, 2) : describePage(page));
    });

const getCommand = (): Command =>
  withService(new Command('get'))
    .description('show a job and its result')
    .argument('<id>', 'id of the job')
    .addHelpText('after', `${WHOSE}${EXIT_CODES}`)
    .action((id: string, options: JobOptions) => showJob(options, 'GET', id));

const cancelCommand = (): Command =>
  withService(new Command('cancel'))
    .description('cancel a job; one that has finished stays as it is')
    .argument('<id>', 'id of the job')
    .addHelpText('after', `${WHOSE}${EXIT_CODES}`)
    .action((id: string, options: JobOptions) => showJob(options, 'DELETE', id));

const secretCommand = (): Command =>
  new Command('webhook-secret')
    .description('print the secret with which receivers check the signature of callbacks (Standard Webhooks)')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .addHelpText(
      'after',
      '\nExit codes: 0 printed, 1 the data folder cannot be read or written, 78 the file holds no secret.',
    )
    .action(({ data }: { readonly data: string }) => say(readWebhookSecret(join(dataPaths(data).keys, 'webhook.key'))));

const withService = (command: Command): Command =>
  command
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option('--token <token>', 'credential for it (default: minted with the local key)')
    .option('--subject <name>', 'whom the minted token stands for', DEFAULT_SUBJECT)
    .option('--ca <file>', 'PEM file of its CA')
    .option('--json', 'print the answer of the service as it is');

const parseLimit = (text: string): number => {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_LIMIT}.`);
};

const queryOf = ({ limit, state, before }: ListOptions): URLSearchParams =>
  new URLSearchParams({
    limit: String(limit),
    ...(state === undefined ? {} : { state }),
    ...(before === undefined ? {} : { before }),
  });

const showJob = async (options: JobOptions, method: 'GET' | 'DELETE', id: string): Promise<void> => {
  // Safe: the shape is that of the route, which its own tests hold to the document.
  const job = (await ask(options, method, `/api/v1/jobs/${encodeURIComponent(id)}`)) as Job;
  say(options.json ? JSON.stringify(job, null, 2) : describeJob(job));
};

const ask = async (options: JobOptions, method: 'GET' | 'DELETE', path: string): Promise<unknown> => {
  const service = await openService(options, ['inference']);
  try {
    return JSON.parse(await answerOf(await service.send(method, path)));
  } finally {
    await service.close();
  }
};

const describePage = ({ jobs, next }: Page): string => {
  if (jobs.length === 0) return `no jobs.${WHOSE}`;
  const rows = jobs.map((job) => [
    job.id,
    job.state,
    job.priority,
    String(job.attempts),
    job.createdAt,
    job.finishedAt ?? '',
  ]);
  const all = [['ID', 'STATE', 'PRIORITY', 'ATTEMPTS', 'CREATED', 'FINISHED'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...(next === null ? [] : ['', `more: clawdbot jobs list --before ${next}`])].join('\n');
};

const describeJob = (job: Job): string => {
  const { result, error, ...facts } = job;
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(FIELD_WIDTH)}${String(value)}`);
  if (error !== undefined) lines.push(`${'error'.padEnd(FIELD_WIDTH)}${error.code}: ${error.message}`);
  if (result !== undefined) {
    const { promptTokens, completionTokens } = result.usage;
    lines.push(`${'answered by'.padEnd(FIELD_WIDTH)}${result.model} (${result.finishReason})`);
    lines.push(
      `${'tokens'.padEnd(FIELD_WIDTH)}${promptTokens} in, ${completionTokens} out`,
      '',
      printable(result.text),
    );
  }
  return lines.join('\n');
};

const FIELD_WIDTH = 17;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
