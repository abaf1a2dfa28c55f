import { Command } from 'commander';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { egressRows } from '../../core/egress/implied.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { type EgressPage, renderEgressPage } from '../local/egress-page.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';

interface EgressOptions extends ServiceAddress {
  readonly config?: string;
  readonly json?: boolean;
}

/** `clawdbot egress list`: what may leave this machine, and what did. */
export const egressCommand = (): Command =>
  new Command('egress').description('show what may leave this machine, and what did').addCommand(listCommand());

const listCommand = (): Command =>
  new Command('list')
    .description('list declared and implied destinations, and those seen since the service started')
    .option('-c, --config <file>', 'configuration file, where no service runs')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option('--token <token>', 'credential for it with the scope admin (default: minted with the local key)')
    .option('--ca <file>', 'PEM file of its CA')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 listed, 1 the service does not answer, 78 configuration invalid.')
    .action(async (options: EgressOptions) => {
      const page = (await pageOfService(options)) ?? pageOfFile(options);
      process.stdout.write(`${options.json === true ? JSON.stringify(page, null, 2) : renderEgressPage(page)}\n`);
    });

/** What the running service says; `undefined` where none runs on the data folder. */
const pageOfService = async (options: EgressOptions): Promise<EgressPage | undefined> => {
  const service = await openService(options, ['admin']).catch((error: unknown) => {
    if (options.url === undefined && error instanceof ServiceError && error.code === 'ERR_ROUTE_NO_REPLICA')
      return undefined;
    throw error;
  });
  if (service === undefined) return undefined;
  try {
    const answer = await service.send('GET', '/api/v1/admin/egress');
    const text = await answer.body.text();
    if (answer.statusCode === 200) return JSON.parse(text) as EgressPage; // the service's own document; only shown
    throw new ServiceError(
      'ERR_ROUTE_NO_REPLICA',
      `${service.url}: expected status 200, got ${answer.statusCode}; the credential needs the scope admin`,
    );
  } finally {
    await service.close();
  }
};

/** What the configuration says. Nothing was seen: `seen` is absent, not empty. */
const pageOfFile = ({ config: given, data }: EgressOptions): EgressPage => {
  const file = given ?? findConfigFile(process.env, ['', data]);
  const { config } = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  return { rows: egressRows(config, process.env).map(({ impliedBy = null, ...row }) => ({ ...row, impliedBy })) };
};
