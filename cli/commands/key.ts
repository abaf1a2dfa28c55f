import { Command } from 'commander';
import { dataPaths, defaultDataDir } from '../../core/config/paths.ts';
import { type KeyStore, openKeyStore, type StoredKey } from '../../services/inference/auth/key-store.ts';
import { ensureLocalKeys } from '../../services/inference/auth/local-keys.ts';
import type { Scope } from '../../services/inference/call.ts';
import { EXIT } from '../../services/inference/supervision.ts';
import { localUser, withTrail } from '../local/trail.ts';
import { collectScopes, parseTtl } from './credential-options.ts';

interface DataOption {
  readonly data: string;
}

interface CreateOptions extends DataOption {
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
  withData(new Command('create'))
    .description('print a new API key; nobody can show it a second time')
    .requiredOption(
      '--scope <scope>',
      'what it allows: inference, metrics, admin, audit; repeat it or part by commas',
      collectScopes,
    )
    .option('--name <name>', 'what it is for, shown in the list', '')
    .option('--ttl <time>', 'how long it is valid: 90s, 15m, 1h, 30d (default: until revoked)', parseTtl)
    .option('--json', 'print id and key as JSON')
    .addHelpText('after', '\nExit codes: 0 created, 64 wrong option, 1 the data folder cannot be written.')
    .action(async (options: CreateOptions) => {
      const { name, scope: scopes, ttl, data, json } = options;
      const expiresAt = ttl === undefined ? null : Date.now() + ttl * 1000;
      // Shown only once it is on record.
      const created = await withTrail(data, (trail) =>
        withStore(options, (store) => {
          const key = store.create({ name, scopes, expiresAt });
          const labels = { key: `key:${key.id}`, name, scopes, expires: timeOf(expiresAt) };
          trail.append('key.created', { ...localUser(), labels });
          return key;
        }),
      );
      say(json ? JSON.stringify({ ...created, expiresAt: timeOf(expiresAt) }) : created.key);
    });

const listCommand = (): Command =>
  withData(new Command('list'))
    .description('list the API keys, without their secrets')
    .option('--json', 'print JSON')
    .action((options: DataOption & { readonly json?: true }) =>
      withStore(options, (store) => {
        const keys = store.list().map((key) => view(key, Date.now()));
        say(options.json ? JSON.stringify(keys, null, 2) : table(keys));
      }),
    );

const revokeCommand = (): Command =>
  withData(new Command('revoke'))
    .description('end the life of an API key')
    .argument('<id>', 'the eight characters after cbk_')
    .addHelpText('after', '\nExit codes: 0 revoked, 1 no such key, or revoked before.')
    .action(async (id: string, options: DataOption) => {
      const isRevoked = await withTrail(options.data, (trail) =>
        withStore(options, (store) => {
          const wasRevoked = store.revoke(id);
          const outcome = wasRevoked ? 'success' : 'failure';
          trail.append('key.revoked', { ...localUser(), 'event.outcome': outcome, labels: { key: `key:${id}` } });
          return wasRevoked;
        }),
      );
      if (isRevoked) return say(`revoked ${id}`);
      process.stderr.write(`clawdbot: no key ${id} that could be revoked; see \`clawdbot key list\`\n`);
      process.exitCode = EXIT.failed;
    });

const withStore = async <T>({ data }: DataOption, act: (store: KeyStore) => T): Promise<T> => {
  const paths = dataPaths(data);
  const { pepper } = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper, now: Date.now });
  try {
    return act(store);
  } finally {
    store.close();
  }
};

interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'expired' | 'revoked';
  readonly scopes: readonly Scope[];
  readonly created: string | null;
  readonly expires: string | null;
}

const view = (key: StoredKey, now: number): KeyView => ({
  id: key.id,
  name: key.name,
  state: stateOf(key, now),
  scopes: [...key.scopes],
  created: timeOf(key.createdAt),
  expires: timeOf(key.expiresAt),
});

const stateOf = ({ revokedAt, expiresAt }: StoredKey, now: number): KeyView['state'] => {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
};

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const table = (keys: readonly KeyView[]): string => {
  const rows = keys.map(({ id, state, scopes, created, expires, name }) => [
    id,
    state,
    scopes.join(','),
    created ?? '',
    expires ?? 'never',
    name,
  ]);
  const all = [['ID', 'STATE', 'SCOPES', 'CREATED', 'EXPIRES', 'NAME'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);
