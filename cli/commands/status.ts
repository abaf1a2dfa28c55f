import { Command } from 'commander';
import { dataPaths, defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { actionsHealth } from '../local/actions-service.ts';
import { companionHealth } from '../local/companion-health.ts';
import { openService, type ServiceAddress } from '../local/running-service.ts';
import { programHealth } from '../programs/health.ts';

/** The parts of `/api/v1/health` this page shows. */
export interface Health {
  readonly status: string;
  readonly ready: boolean;
  readonly components?: Readonly<Record<string, { readonly status: string; readonly [field: string]: unknown }>>;
}

interface StatusOptions extends ServiceAddress {
  readonly json?: boolean;
}

/** `clawdbot status`: is it well, and if not, which part is not. */
export const statusCommand = (): Command =>
  new Command('status')
    .description('show whether the service is well, part by part')
    .option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env))
    .option('--url <url>', 'a service elsewhere')
    .option('--token <token>', 'credential for it (default: minted with the local key)')
    .option('--ca <file>', 'PEM file of its CA')
    .option('--json', 'print the health document, with the programs beside it on this machine')
    .addHelpText('after', '\nExit codes: 0 ready, 1 not ready or not running.')
    .action(async (options: StatusOptions) => {
      process.exitCode = await showStatus(options);
    });

const showStatus = async (options: StatusOptions): Promise<number> => {
  const service = await openService(options, ['inference']);
  try {
    const answer = await service.send('GET', '/api/v1/health');
    const given = (await answer.body.json()) as Health; // the service's own document; shown, never acted on
    // Of a service elsewhere nothing is known but what it says itself.
    const health = options.url === undefined ? await withPrograms(given, options.data) : given;
    if (options.json) process.stdout.write(`${JSON.stringify(health, null, 2)}\n`);
    else process.stdout.write(`${describeHealth(service.url, health)}\n`);
    return health.ready ? EXIT.ok : EXIT.failed;
  } finally {
    await service.close();
  }
};

const withPrograms = async (health: Health, data: string): Promise<Health> => {
  const actions = await actionsHealth(data);
  const found = await Promise.all(
    (['prometheus', 'alertmanager'] as const).map(
      async (name) => [name, await programHealth(dataPaths(data).run, name)] as const,
    ),
  );
  const programs = Object.fromEntries(found.flatMap(([name, state]) => (state === undefined ? [] : [[name, state]])));
  const { run } = dataPaths(data);
  const beside = Object.fromEntries(
    (['collectors', 'anomaly'] as const).flatMap((name) => {
      const state = companionHealth(run, name);
      return state === undefined ? [] : [[name, state]];
    }),
  );
  return {
    ...health,
    components: { ...health.components, ...beside, ...programs, ...(actions === undefined ? {} : { actions }) },
  };
};

/** The health document as lines for people. */
export const describeHealth = (url: string, health: Health): string => {
  const lines = [`${health.ready ? 'ready' : 'NOT READY'}  ${url}`];
  for (const [name, { status, fallBack, ...facts }] of Object.entries(health.components ?? {})) {
    lines.push(`  ${name.padEnd(12)} ${status.padEnd(10)} ${compact(facts)}`.trimEnd());
    if (typeof fallBack === 'string') lines.push(`    runs on a slower engine than the one asked for: ${fallBack}`);
  }
  return lines.join('\n');
};

const compact = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
