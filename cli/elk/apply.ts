import { resolve } from 'node:path';
import { Command } from 'commander';
import { type ApplyOptions, applyToElasticsearch, type Outcome } from '../../elk/apply/apply.ts';
import { applyToKibana, checkKibana, type KibanaOutcome } from '../../elk/apply/kibana.ts';
import type { Step } from '../../elk/apply/plan.ts';
import type { Need } from '../../elk/resource.ts';
import { configOf, type ElkOptions, readSeconds, withConfigOptions, withoutOption } from './options.ts';
import { type Servers, withServers } from './servers.ts';
import { changesIn, showKibana, showOutcome } from './show.ts';

interface ApplyCommandOptions extends ElkOptions {
  readonly dryRun?: boolean;
  readonly allowDestructive?: boolean;
  readonly without: ReadonlySet<Need>;
  readonly keys?: string;
  readonly wait: number;
  readonly json?: boolean;
}

/** `clawdbot elk apply`: Elasticsearch and Kibana brought to what the configuration says. */
export const applyCommand = (): Command =>
  withConfigOptions(
    new Command('apply').description(
      'bring Elasticsearch and Kibana to what the configuration says; a second time changes nothing',
    ),
  )
    .option('--dry-run', 'say what would be changed, change nothing')
    .option('--allow-destructive', 'also change what cannot be taken back: shorter retention, what others made')
    .option('--keys <dir>', 'also make API keys for our programs, and write them there')
    .option('--wait <seconds>', 'longest wait for the cluster to be healthy', readSeconds, 30)
    .addOption(withoutOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 applied or nothing to do, 1 refused or failed (what was changed is taken back), 78 configuration invalid.',
    )
    .action(async (options: ApplyCommandOptions) => {
      const config = configOf(options);
      const isDryRun = options.dryRun === true;
      await withServers(config, async (servers) => {
        const applied = await applyTo(servers, {
          elk: config.elk,
          without: options.without,
          allowDestructive: options.allowDestructive === true,
          isDryRun,
          healthSeconds: options.wait,
          ...(options.keys === undefined ? {} : { keys: resolve(options.keys) }),
        });
        process.stdout.write(
          `${options.json === true ? asJson(applied, isDryRun) : asText(servers, applied, isDryRun)}\n`,
        );
      });
    });

interface Applied {
  readonly store: Outcome;
  readonly kibana?: KibanaOutcome;
}

const applyTo = async ({ elasticsearch, kibana }: Servers, options: ApplyOptions): Promise<Applied> => {
  // Before anything is changed on the one, the other has to be there.
  if (kibana !== undefined) await checkKibana(kibana, { elk: options.elk, hasSecurity: false });
  const store = await applyToElasticsearch(elasticsearch, options);
  if (kibana === undefined) return { store };
  return { store, kibana: await applyToKibana(kibana, { ...options, hasSecurity: !store.leftOut.has('security') }) };
};

const asText = (servers: Servers, { store, kibana }: Applied, isDryRun: boolean): string => {
  const changes = changesIn(store, ...(kibana === undefined ? [] : [kibana]));
  return [
    ...showOutcome(servers.elasticsearch.title, store),
    ...(kibana === undefined || servers.kibana === undefined ? [] : showKibana(servers.kibana.title, kibana)),
    changes === 0 ? 'nothing to change' : `${changes} ${isDryRun ? 'would be changed' : 'changed'}`,
  ].join('\n');
};

const asJson = ({ store, kibana }: Applied, dryRun: boolean): string =>
  JSON.stringify(
    {
      dryRun,
      version: store.cluster.version,
      tiers: store.cluster.tiers,
      leftOut: Object.fromEntries(store.leftOut),
      changes: changesOf(store.steps),
      rollovers: store.rollovers.map(({ name }) => name),
      keys: store.keys.map(({ name, action, note }) => ({ name, action, note })),
      ...(kibana === undefined ? {} : { kibana: { version: kibana.version, changes: changesOf(kibana.steps) } }),
    },
    null,
    2,
  );

const changesOf = (steps: readonly Step[]) =>
  steps
    .filter(({ action }) => action !== 'none')
    .map(({ resource: { kind, name }, action, differences, risk }) => ({
      ...{ kind, name, action, differences },
      ...(risk === undefined ? {} : { risk }),
    }));
