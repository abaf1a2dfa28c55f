import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { carryOut } from '../deploy/carry-out.ts';
import { openComposeEngine } from '../deploy/compose-engine.ts';
import { advance, type DeployState, isSame, type Release, STEPS } from '../deploy/machine.ts';
import { prepareStack } from '../deploy/prepare.ts';
import { keepRelease, readDeployState, saveDeployState } from '../deploy/store.ts';
import { VERSION } from '../version.ts';

interface StackOptions {
  readonly state: string;
  readonly project: string;
  readonly file: readonly string[];
  readonly compose: string;
  readonly service: readonly string[];
  readonly waitSeconds: string;
  readonly local?: true;
}

interface WantedOptions extends StackOptions {
  readonly release: string;
  readonly variant: string;
  readonly config: string;
}

interface PrepareOptions {
  readonly config?: string;
  readonly data: string;
  readonly state: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVICES = ['gateway', 'collectors', 'actions', 'prometheus', 'alertmanager', 'grafana'];

/** `clawdbot deploy …`: a release of the stack in docker-compose.yml, step by step, and back when it is not healthy. */
export const deployCommand = (): Command =>
  new Command('deploy')
    .description('bring a release of the containers of docker-compose.yml up, watch it, go back when it is not healthy')
    .addCommand(withRelease(new Command('plan')).description('say what `up` would do; changes nothing').action(plan))
    .addCommand(
      withRelease(new Command('up'))
        .description('check, pull, configure, start and watch a release; takes up what was interrupted')
        .addHelpText('after', '\nExit codes: 0 it runs, 1 it does not and what ran before does, or nothing does.')
        .action(up),
    )
    .addCommand(withStack(new Command('status')).description('what is deployed, and what is under way').action(status))
    .addCommand(withStack(new Command('rollback')).description('go back to the release before').action(rollback))
    .addCommand(withStack(new Command('down')).description('stop the containers; volumes stay').action(down))
    .addCommand(withStack(new Command('logs')).description('what the containers printed').action(logs))
    .addCommand(prepareCommand());

const collect = (value: string, all: readonly string[] = []): string[] => [...all, value];

const withStack = (command: Command): Command =>
  command
    .option('--state <dir>', 'folder that knows what is deployed', join(defaultDataDir(process.env), 'deploy'))
    .option('--project <dir>', 'folder of docker-compose.yml', ROOT)
    .option('--file <file>', 'a further compose file; repeat it for more', collect, [])
    .option('--compose <command>', 'what Compose is called', 'docker compose')
    .option('--service <names...>', 'services that are deployed', SERVICES)
    .option('--wait-seconds <number>', 'time to become healthy', '300')
    .option('--local', 'images of this machine do when they cannot be pulled');

const withRelease = (command: Command): Command =>
  withStack(command)
    .option('--release <version>', 'version of the images', VERSION)
    .option('--variant <variant>', 'cpu, cuda or vulkan', 'cpu')
    .option('--config <file>', 'configuration of the release', join(ROOT, 'deploy', 'compose', 'clawdbot.yaml'));

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const engineOf = ({ project, file, compose, state, service, waitSeconds, local }: StackOptions) =>
  openComposeEngine({
    ...{ project: resolve(project), files: file, state: resolve(state), services: service, env: process.env },
    ...{ compose: compose.split(' '), allowLocal: local === true, waitMs: Number(waitSeconds) * 1000 },
  });

const keep = ({ state, release: version, variant, config }: WantedOptions): Promise<Release> =>
  keepRelease(state, { version, variant, file: config });

const plan = async (options: WantedOptions): Promise<void> => {
  const { current, underWay } = readDeployState(options.state);
  const release = await keep(options);
  if (underWay !== undefined) say(`interrupted: ${underWay.target.version} at ${underWay.step}; \`up\` begins again`);
  if (underWay === undefined && current !== undefined && isSame(current, release)) return say('nothing to do');
  if (current === undefined) say('nothing is deployed');
  else
    for (const field of ['version', 'variant', 'config'] as const) {
      if (current[field] !== release[field]) say(`${field}: ${current[field]} -> ${release[field]}`);
    }
  say(`steps: ${STEPS.join(', ')}`);
};

const carry = async (options: StackOptions, wanted: DeployState): Promise<void> => {
  const abort = new AbortController();
  // The state says where to go on; a second `up` does.
  process.once('SIGINT', () => abort.abort()).once('SIGTERM', () => abort.abort());
  const save = (state: DeployState) => saveDeployState(options.state, state);
  const state = await carryOut(wanted, { engine: engineOf(options), save, say, signal: abort.signal });
  if (state.failure !== undefined) {
    process.stderr.write(`clawdbot: ${state.failure}\n`);
    process.exitCode = EXIT.failed;
  }
  say(state.current === undefined ? 'nothing is deployed' : `${state.current.version} ${state.current.variant} runs`);
};

const up = async (options: WantedOptions): Promise<void> => {
  const before = readDeployState(options.state);
  const wanted = advance(before, { kind: 'wanted', release: await keep(options) });
  if (wanted === before) return say(`${options.release} ${options.variant} runs: nothing to do`);
  await carry(options, wanted);
};

const rollback = (options: StackOptions): Promise<void> =>
  carry(options, advance(readDeployState(options.state), { kind: 'unwanted' }));

const status = ({ state }: StackOptions): void => say(JSON.stringify(readDeployState(state), null, 2));

/** With the release that runs, since Compose finds containers by its files; with none there is nothing to do. */
const withCurrent = async (options: StackOptions, args: readonly string[]): Promise<void> => {
  const { current, underWay } = readDeployState(options.state);
  const release = current ?? underWay?.target;
  if (release === undefined) return say('nothing is deployed');
  await engineOf(options).show(release, args);
};

const down = async (options: StackOptions): Promise<void> => {
  await withCurrent(options, ['down']);
  await saveDeployState(options.state, {});
};

const logs = (options: StackOptions): Promise<void> =>
  withCurrent(options, ['logs', '--tail', '200', ...options.service]);

const prepareCommand = (): Command =>
  new Command('prepare')
    .description(
      'write credentials and configuration for Prometheus, Alertmanager and the actions; run by the stack itself',
    )
    .option('-c, --config <file>', 'configuration file (default: as for `up`)')
    .option('-d, --data <dir>', 'data folder of the gateway, which runs', defaultDataDir(process.env))
    .requiredOption('--state <dir>', 'folder to write to, with one for each of them')
    .addHelpText('after', '\nExit codes: 0 written, 64 wrong option, 78 configuration invalid, 1 cannot be written.')
    .action(async ({ config: named, data, state }: PrepareOptions) => {
      const file = named ?? findConfigFile(process.env, ['', data]);
      const { config } = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
      for (const dir of await prepareStack({ config, env: process.env, data, state })) say(`prepared ${dir}`);
    });
