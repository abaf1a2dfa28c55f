import { Command } from 'commander';
import { defaultDataDir } from '../../core/config/paths.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { SCOPES, type Scope } from '../../services/inference/call.ts';
import { changeCredentialStore, readCredentialStore } from '../local/credential-store.ts';
import { collectScopes, parseTtl, type Restrictions, withRestrictions } from './credential-options.ts';
import { keyTable, timeOf, viewOf } from './key-view.ts';

interface DataOption {
  readonly data: string;
}

interface CreateOptions extends DataOption, Restrictions {
  readonly scope: readonly Scope[];
  readonly name: string;
  readonly ttl?: number;
  readonly json?: true;
}

/** `clawdbot key create|list|revoke`: API keys; a running service follows within a second. */
export const keyCommand = (): Command =>
  new Command('key')
    .description('create, list and revoke API keys; a running service follows within a second')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());

const withData = (command: Command): Command =>
  command.option('-d, --data <dir>', 'data folder of the service', defaultDataDir(process.env));

const createCommand = (): Command =>
  withRestrictions(withData(new Command('create')))
    .description('print a new API key; nobody can show it a second time')
    .requiredOption(
      '--scope <scope>',
      `what it allows: ${SCOPES.join(', ')}; repeat it or part by commas`,
      collectScopes,
    )
    .option('--name <name>', 'what it is for, shown in the list', '')
    .option('--ttl <time>', 'how long it is valid: 90s, 15m, 1h, 30d (default: until revoked)', parseTtl)
    .option('--json', 'print id and key as JSON')
    .addHelpText('after', '\nExit codes: 0 created, 64 wrong option, 1 the data folder cannot be written.')
    .action(async (options: CreateOptions) => {
      const expiresAt = options.ttl === undefined ? null : Date.now() + options.ttl * 1000;
      const { name, scope: scopes, model: models, tenant, policy } = options;
      // Shown only once it is on record.
      const created = await changeCredentialStore(options.data, (store) =>
        store.create({ name, scopes, models, tenant, policy, expiresAt }),
      );
      say(options.json ? JSON.stringify({ ...created, expiresAt: timeOf(expiresAt) }) : created.key);
    });

const listCommand = (): Command =>
  withData(new Command('list'))
    .description('list the API keys, without their secrets')
    .option('--json', 'print JSON')
    .action((options: DataOption & { readonly json?: true }) =>
      readCredentialStore(options.data, (store) => {
        const keys = store.list().map((key) => viewOf(key, Date.now()));
        say(options.json ? JSON.stringify(keys, null, 2) : keyTable(keys));
      }),
    );

const revokeCommand = (): Command =>
  withData(new Command('revoke'))
    .description('end the life of an API key')
    .argument('<id>', 'the eight characters after cbk_')
    .addHelpText('after', '\nExit codes: 0 revoked, 1 no such key, or revoked before.')
    .action(async (id: string, options: DataOption) => {
      if (await changeCredentialStore(options.data, (store) => store.revoke(id))) return say(`revoked ${id}`);
      process.stderr.write(`clawdbot: no key ${id} that could be revoked; see \`clawdbot key list\`\n`);
      process.exitCode = EXIT.failed;
    });

const say = (text: string): void => void process.stdout.write(`${text}\n`);
