import { Command } from 'commander';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { type CheckOutcome, checkElasticsearch } from '../../elk/apply/apply.ts';
import { checkKibana, type KibanaOutcome } from '../../elk/apply/kibana.ts';
import { keyOf, type Need } from '../../elk/resource.ts';
import { configOf, type ElkOptions, readSeconds, withConfigOptions, withoutOption } from './options.ts';
import { type Servers, withServers } from './servers.ts';
import { changesIn, showFlows, showKibana, showOutcome, stalledIn } from './show.ts';

interface CheckCommandOptions extends ElkOptions {
  readonly without: ReadonlySet<Need>;
  readonly maxAge: number;
  readonly wait: number;
  readonly json?: boolean;
}

interface Checked {
  readonly store: CheckOutcome;
  readonly kibana?: KibanaOutcome;
}

/** `clawdbot elk check`: what differs from the configuration, and what does not flow. */
export const checkCommand = (): Command =>
  withConfigOptions(
    new Command('check').description(
      'say what differs from the configuration and which logs do not flow; changes nothing',
    ),
  )
    .option('--max-age <seconds>', 'age of the newest line from which a steady stream does not flow', readSeconds, 300)
    .option('--wait <seconds>', 'longest wait for the cluster to be healthy', readSeconds, 10)
    .addOption(withoutOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 as it should be, 1 something differs, does not flow or cannot be asked, 78 configuration invalid.',
    )
    .action(async (options: CheckCommandOptions) => {
      const { elk } = configOf(options);
      const { without, maxAge: maxAgeSeconds, wait: healthSeconds } = options;
      await withServers({ elk }, async (servers) => {
        const store = await checkElasticsearch(servers.elasticsearch, {
          ...{ elk, without, maxAgeSeconds, healthSeconds },
          now: Date.now,
        });
        const hasSecurity = !store.leftOut.has('security');
        const kibana =
          servers.kibana === undefined ? undefined : await checkKibana(servers.kibana, { elk, hasSecurity });
        const checked = { store, ...(kibana === undefined ? {} : { kibana }) };
        if (differingIn(checked) > 0 || stalledIn(store).length > 0) process.exitCode = EXIT.failed;
        process.stdout.write(`${options.json === true ? asJson(checked) : asText(servers, checked)}\n`);
      });
    });

const differingIn = ({ store, kibana }: Checked): number => changesIn(store, ...(kibana === undefined ? [] : [kibana]));

const asText = (servers: Servers, checked: Checked): string => {
  const { store, kibana } = checked;
  const differing = differingIn(checked);
  const stalled = stalledIn(store);
  return [
    ...showOutcome(servers.elasticsearch.title, store),
    ...showFlows(store),
    ...(kibana === undefined || servers.kibana === undefined ? [] : showKibana(servers.kibana.title, kibana)),
    differing === 0 ? 'as configured' : `${differing} differ: \`clawdbot elk apply\` mends that`,
    stalled.length === 0 ? 'logs flow' : `${stalled.length} streams need a look`,
  ].join('\n');
};

const asJson = ({ store, kibana }: Checked): string => {
  const steps = [...store.steps, ...(kibana?.steps ?? [])].filter(({ action }) => action !== 'none');
  const differing = [
    ...steps.map(({ resource, differences }) => ({ key: keyOf(resource), differences })),
    ...store.rollovers.map(({ name, writeIndex }) => ({
      key: name,
      differences: [{ at: writeIndex, expected: 'newer templates' }],
    })),
  ];
  return JSON.stringify({ health: store.health, differing, flows: store.flows }, null, 2);
};
