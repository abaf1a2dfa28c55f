import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { openContentReader } from '../../core/audit/content-store.ts';
import { auditPaths } from '../../core/audit/files.ts';
import { createOpener, generateAuditorKeys } from '../../core/audit/seal.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { PRIVATE_MODE } from '../../core/config/private-files.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { localUser, withTrail } from '../local/trail.ts';
import { parseTime } from './read.ts';

interface OpenOptions {
  readonly data: string;
  readonly from?: string;
  readonly key?: string;
  readonly requestId?: string;
  readonly since?: number;
  readonly until?: number;
}

/** `clawdbot audit open`: what was asked and answered, for whoever holds the key. */
export const openCommand = (withData: (command: Command) => Command): Command =>
  withData(new Command('open'))
    .description('print kept prompts and answers as JSON, one a line; sealed ones need the private key')
    .option('--key <file>', "the auditor's private key")
    .option('--from <dir>', 'a copy of an audit folder (default: that of the data folder, where opening is a record)')
    .option('--request-id <id>', 'only of this request')
    .option('--since <time>', 'not before this time (ISO 8601)', parseTime)
    .option('--until <time>', 'not after this time (ISO 8601)', parseTime)
    .addHelpText('after', '\nExit codes: 0 done, 1 there is no content, or the key does not open it, 64 wrong option.')
    .action(async (options: OpenOptions) => {
      const { data, from, key, requestId, since, until } = options;
      const file = auditPaths(from ?? dataPaths(data).audit).content;
      if (!existsSync(file)) throw noContent(file);
      const open = key === undefined ? undefined : await createOpener(await readFile(key, 'utf8'));
      const filter = { request_id: requestId, since, until };
      if (from === undefined) {
        const labels = { filter: JSON.stringify(filter) };
        await withTrail(data, (trail) => trail.append('audit.content_opened', { ...localUser(), labels }));
      }
      const reader = openContentReader(file);
      try {
        for (const { body, kind, at, keyId, requestId: id, sha256 } of reader.list({
          from: since,
          to: until,
          requestId,
        })) {
          const text = kind === 'sealed' ? await openWith(open, body) : body;
          const { content } = JSON.parse(text) as { content: unknown }; // written by the audit stage alone
          const facts = { requestId: id, key: keyId, at: new Date(at).toISOString(), sha256, kind };
          process.stdout.write(`${JSON.stringify({ ...facts, content })}\n`);
        }
      } finally {
        reader.close();
      }
    });

/** `clawdbot audit keygen`: run by the auditor, not on the machine of the service. */
export const keygenCommand = (): Command =>
  new Command('keygen')
    .description('make the key pair that `audit.content: sealed` works with; keep the private file off the machine')
    .requiredOption('--out <file>', 'private key, readable by its owner alone; the public one is written to <file>.pub')
    .addHelpText('after', '\nExit codes: 0 made, 1 a file of that name exists or cannot be written, 64 wrong option.')
    .action(async ({ out }: { readonly out: string }) => {
      const { privateKey, publicKey } = await generateAuditorKeys();
      await create(out, privateKey, PRIVATE_MODE);
      await create(`${out}.pub`, publicKey, 0o644);
      process.stdout.write(`wrote ${out} (private) and ${out}.pub (for audit.auditorKey)\n`);
    });

const create = async (file: string, key: object, mode: number): Promise<void> => {
  try {
    await writeFile(file, `${JSON.stringify(key)}\n`, { mode, flag: 'wx' });
  } catch (cause) {
    const message = `--out: expected a new file, got ${file}, which exists or cannot be written; choose another name`;
    throw new ServiceError('ERR_CONFIG_DATA_FOLDER', message, { cause });
  }
};

const openWith = (open: ((sealed: string) => Promise<string>) | undefined, body: string): Promise<string> => {
  if (open !== undefined) return open(body);
  throw new ServiceError('ERR_AUDIT_CONTENT', "--key: expected the auditor's private key for sealed content, got none");
};

const noContent = (file: string): ServiceError =>
  new ServiceError('ERR_AUDIT_CONTENT', `${file}: expected kept content, got none; \`audit.content\` may be \`none\``);
