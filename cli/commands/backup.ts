import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { findConfigFile } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { restoreBackup, writeBackup } from '../backup/backup.ts';

interface BackupOptions {
  readonly data: string;
  readonly config?: string;
  readonly passphraseFile: string;
}

const CODES = '\nExit codes: 0 done, 1 not possible; the message says why.';
const LEAST_CHARACTERS = 8;

/** `clawdbot backup`: what cannot be made again, in one encrypted file. */
export const backupCommand = (): Command =>
  new Command('backup')
    .description('keep databases, keys, certificates and configuration in one encrypted file')
    .argument('<file>', 'file to write; one that is there is left alone')
    .requiredOption('--passphrase-file <file>', 'file whose first line is the passphrase')
    .option('-c, --config <file>', 'configuration file (default: the one `clawdbot up` would read)')
    .option('-d, --data <dir>', 'data folder of the service, which may run', defaultDataDir(process.env))
    .addHelpText('after', `\nModels, logs, audit trail and samples are not in it.${CODES}`)
    .action(async (file: string, { data, config, passphraseFile }: BackupOptions) => {
      const from = config ?? findConfigFile(process.env, ['', data]);
      const paths = await explained(() => writeBackup(data, from, file, passphraseIn(passphraseFile)));
      process.stdout.write(`${file}: ${paths.join(', ')}\n`);
    });

/** `clawdbot restore`: the way back, into an empty data folder. */
export const restoreCommand = (): Command =>
  new Command('restore')
    .description('bring a backup back')
    .argument('<file>', 'file that clawdbot backup wrote')
    .requiredOption('--passphrase-file <file>', 'file whose first line is the passphrase')
    .option('-d, --data <dir>', 'data folder; the service must not run', defaultDataDir(process.env))
    .option('--force', 'replace what is there')
    .addHelpText('after', CODES)
    .action(async (file: string, { data, passphraseFile, force }: BackupOptions & { readonly force?: boolean }) => {
      const paths = await explained(() => restoreBackup(data, file, passphraseIn(passphraseFile), force === true));
      process.stdout.write(`${data}: ${paths.join(', ')}\n`);
    });

const passphraseIn = (file: string): string => {
  const passphrase = readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? '';
  if (passphrase.length >= LEAST_CHARACTERS) return passphrase;
  throw new ServiceError(
    'ERR_BACKUP_READ',
    `${file}: expected a passphrase of at least ${LEAST_CHARACTERS} characters`,
  );
};

/** A file that is not there or not for us is no fault of this program. */
const explained = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new ServiceError('ERR_BACKUP_READ', `backup: ${error.message}`, { cause: error });
  }
};
