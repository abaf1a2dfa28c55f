import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { answerOf } from '../local/answer-of.ts';
import { openService, type RunningService, type ServiceAddress } from '../local/running-service.ts';
import { renderTable, shown } from '../models/table.ts';
import { parseTtl } from './credential-options.ts';

interface BreakerOptions extends ServiceAddress {
  readonly model?: string;
  /** Seconds. */
  readonly for?: number;
  readonly reason?: string;
  readonly json?: true;
}

/** The breakers as the service shows them. */
export interface BreakerPage {
  readonly breakers: readonly {
    readonly model: string;
    readonly state: 'closed' | 'open' | 'half_open';
    readonly until?: string;
    readonly reason?: string;
  }[];
}

const PATH = '/api/v1/admin/breaker';

/** `clawdbot breaker list|open|half-open|close`: see and override what keeps requests from a model. */
export const breakerCommand = (): Command =>
  new Command('breaker')
    .description('show and change the circuit breakers of the models')
    .addCommand(withService(new Command('list').description('show every breaker')).action(list), { isDefault: true })
    .addCommand(
      withChange(new Command('open').description('refuse requests for a model at once, with 503'))
        .option(
          '--for <time>',
          'half open by itself after this time, such as 10m (default: until it is changed)',
          parseTtl,
        )
        .action((options: BreakerOptions) => change('open', options)),
    )
    .addCommand(
      withChange(
        new Command('half-open').description('let few requests through; the first token closes it again'),
      ).action((options: BreakerOptions) => change('half_open', options)),
    )
    .addCommand(
      withChange(new Command('close').description('let everything through')).action((options: BreakerOptions) =>
        change('closed', options),
      ),
    );

const withService = (command: Command): Command =>
  command
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option('--token <token>', 'credential for it with the scope admin (default: minted with the local key)')
    .option('--ca <file>', 'PEM file of its CA')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 done, 1 the service does not answer or refused, 64 wrong option.');

const withChange = (command: Command): Command =>
  withService(command)
    .option('--model <id>', 'the model (default: every model)')
    .option('--reason <text>', 'shown with the breaker and audited', 'by hand');

const list = (options: BreakerOptions): Promise<void> =>
  withBreakers(options, async (_service, page) => print(page, options));

const change = (state: BreakerPage['breakers'][number]['state'], options: BreakerOptions): Promise<void> =>
  withBreakers(options, async (service, before) => {
    const models = options.model === undefined ? before.breakers.map(({ model }) => model) : [options.model];
    let page = before;
    for (const model of models) {
      const expires = options.for === undefined ? {} : { expiresMs: options.for * 1000 };
      page = pageOf(
        await answerOf(await service.send('PUT', PATH, { model, state, reason: options.reason, ...expires })),
      );
    }
    print(page, options);
  });

const withBreakers = async (
  options: BreakerOptions,
  act: (service: RunningService, page: BreakerPage) => Promise<void>,
): Promise<void> => {
  const service = await openService(options, ['admin']);
  try {
    await act(service, pageOf(await answerOf(await service.send('GET', PATH))));
  } finally {
    await service.close();
  }
};

const pageOf = (text: string): BreakerPage => JSON.parse(text) as BreakerPage; // the service's own document; only shown

const print = (page: BreakerPage, { json }: BreakerOptions): void =>
  void process.stdout.write(`${json === true ? JSON.stringify(page, null, 2) : renderBreakers(page)}\n`);

/** The page as a table for people. */
export const renderBreakers = ({ breakers }: BreakerPage): string =>
  renderTable(
    ['MODEL', 'STATE', 'UNTIL', 'REASON'],
    breakers.map(({ model, state, until, reason }) => [
      model,
      state.replace('_', '-'),
      shown(until, String),
      shown(reason, String),
    ]),
  );
