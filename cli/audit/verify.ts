import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { auditPaths } from '../../core/audit/files.ts';
import { verifyTrail } from '../../core/audit/verify.ts';
import { dataPaths } from '../../core/config/paths.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { openContentCheck } from './content-check.ts';
import { describeVerdict, exitCodeOf, type FullVerdict } from './verdict.ts';

interface Options {
  readonly data: string;
  readonly from?: string;
  readonly head?: string;
  readonly publicKey?: string;
  readonly json?: true;
}

/** Time for a write under way to end. */
const SECOND_LOOK_MS = 300;

/** `clawdbot audit verify`: needs no service, only the files and the public key. */
export const verifyCommand = (withData: (command: Command) => Command): Command =>
  withData(new Command('verify'))
    .description('check that no record was changed, removed, inserted, reordered or cut off')
    .option('--from <path>', 'an audit folder, or a single file of one (default: that of the data folder)')
    .option('--head <file>', 'signed head to hold the end against, such as one shipped off the machine')
    .option('--public-key <file>', 'PEM file of the key to trust (default: those beside the trail)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 intact, 1 nothing to verify or not readable, 3 only the last line is torn, 64 wrong option, 65 broken.',
    )
    .action(async (options: Options) => {
      const verdict = await lookTwice(options);
      process.stdout.write(`${options.json === true ? JSON.stringify(verdict, null, 2) : describeVerdict(verdict)}\n`);
      process.exitCode = exitCodeOf(verdict);
    });

const lookTwice = async (options: Options): Promise<FullVerdict> => {
  const verdict = await look(options);
  if (verdict.result === 'intact') return verdict;
  // A running service may have written, or signed a head, while the first look was under way.
  await sleep(SECOND_LOOK_MS);
  return look(options);
};

const look = async ({ data, from = dataPaths(data).audit, head, publicKey }: Options): Promise<FullVerdict> => {
  const isFolder = await isFolderAt(from);
  const check = isFolder ? openContentCheck(auditPaths(from).content) : undefined;
  const verdict = await verifyTrail({
    from,
    ...(head === undefined ? {} : { headFile: head }),
    ...(publicKey === undefined ? {} : { publicKeyFile: publicKey }),
    onLine: (line) => check?.see(line),
  });
  const content = check?.end();
  return content === undefined ? verdict : { ...verdict, content };
};

const isFolderAt = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    const message = `--from: expected an audit folder or a file of one, got ${path}, which cannot be read`;
    throw new ServiceError('ERR_CONFIG_DATA_FOLDER', message, { cause });
  }
};
