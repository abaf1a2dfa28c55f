import { Command, Option } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { answerOf } from '../local/answer-of.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';
import { renderTable } from '../models/table.ts';
import { printable } from '../narration/printable.ts';

interface UsageOptions extends ServiceAddress {
  readonly by: string;
  readonly from?: string;
  readonly to?: string;
  readonly csv?: true;
  readonly json?: true;
}

/** The answer of the route, as far as it is shown. */
interface Report {
  readonly from: string;
  readonly to: string;
  readonly keptFrom: string;
  readonly rows: readonly Row[];
  readonly totals: Numbers;
}

interface Numbers {
  readonly ok: number;
  readonly error: number;
  readonly timeout: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly submitted: number;
  readonly cacheHits: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
}

interface Row extends Numbers {
  readonly day: string;
  readonly name: string | null;
}

/** `clawdbot usage`: requests and tokens by day, from the running service. */
export const usageCommand = (): Command =>
  new Command('usage')
    .description('show requests and tokens of each key, model or scenario, by UTC day')
    .addOption(new Option('--by <what>', 'what the sums are for').choices(['key', 'model', 'scenario']).default('key'))
    .option('--from <day>', 'first day, YYYY-MM-DD (default: 29 days before the last)')
    .option('--to <day>', 'last day, itself included (default: today)')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option(
      '--token <token>',
      'credential; without the scope admin it sees its own (default: minted with the local key)',
    )
    .option('--ca <file>', 'PEM file of its CA')
    .addOption(new Option('--csv', 'print CSV').conflicts('json'))
    .option('--json', 'print the answer of the service as it is')
    .addHelpText('after', '\nExit codes: 0 shown, 1 refused or no service, 64 wrong option.')
    .action(async (options: UsageOptions) => {
      const text = await ask(options);
      if (options.csv === true) return void process.stdout.write(text);
      // Safe: the shape is that of the route, which its own tests hold to the document.
      const report = JSON.parse(text) as Report;
      process.stdout.write(
        `${options.json === true ? JSON.stringify(report, null, 2) : describe(report, options.by)}\n`,
      );
    });

const ask = async (options: UsageOptions): Promise<string> => {
  const { by, from, to, csv } = options;
  const query = new URLSearchParams({
    by,
    format: csv === true ? 'csv' : 'json',
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  const service = await openService(options, ['admin']);
  try {
    return await answerOf(await service.send('GET', `/api/v1/usage?${query}`));
  } finally {
    await service.close();
  }
};

const NUMBERS = {
  ok: 'OK',
  error: 'ERROR',
  timeout: 'TIMEOUT',
  rejected: 'REJECTED',
  cancelled: 'CANCELLED',
  submitted: 'JOBS',
  cacheHits: 'CACHE HITS',
  promptTokens: 'PROMPT',
  completionTokens: 'COMPLETION',
  cachedTokens: 'CACHED',
} as const satisfies Record<keyof Numbers, string>;

const describe = ({ from, to, keptFrom, rows, totals }: Report, by: string): string => {
  if (rows.length === 0) return `no requests from ${from} to ${to}; days are kept from ${keptFrom} on`;
  const cells = (numbers: Numbers) => columns().map((name) => String(numbers[name]));
  const head = ['DAY', by.toUpperCase(), ...Object.values(NUMBERS)];
  const lines = rows.map((row) => [row.day, row.name === null ? '(none)' : printable(row.name), ...cells(row)]);
  const numeric = new Set(Object.values(NUMBERS).map((_, index) => index + 2));
  return renderTable(head, [...lines, ['', 'all', ...cells(totals)]], numeric);
};

// Safe: these are the keys of that very table.
const columns = () => Object.keys(NUMBERS) as (keyof Numbers)[];
