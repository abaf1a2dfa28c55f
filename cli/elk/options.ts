import { type Command, InvalidArgumentError, Option } from 'commander';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Need } from '../../elk/resource.ts';

export interface ElkOptions {
  readonly config?: string;
  readonly data: string;
}

/** Parts that a cluster may be used without. */
const NEEDS = ['ilm', 'ingest', 'security', 'snapshots', 'failure-store'] as const satisfies readonly Need[];

/** The options that say which configuration is meant. */
export const withConfigOptions = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'configuration file (default: CLAWDBOT_CONFIG, else clawdbot.yaml here or in the data folder)',
    )
    .option('-d, --data <dir>', 'data folder', defaultDataDir(process.env));

export const configOf = ({ config: given, data }: ElkOptions): Config => {
  const file = given ?? findConfigFile(process.env, ['', data]);
  return loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) }).config;
};

/** `--without ingest,security`. */
export const withoutOption = (): Option =>
  new Option('--without <parts>', `leave out parts that the cluster lacks: ${NEEDS.join(', ')}`)
    .argParser((text) => new Set(text.split(',').map(readNeed)))
    .default(new Set<Need>(), 'none');

const readNeed = (word: string): Need => {
  const need = NEEDS.find((each) => each === word.trim());
  if (need === undefined)
    throw new InvalidArgumentError(`expected some of ${NEEDS.join(', ')}, got ${JSON.stringify(word)}`);
  return need;
};

/** A whole number of seconds from 1. */
export const readSeconds = (text: string): number => {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1) return seconds;
  throw new InvalidArgumentError(`expected a whole number of seconds from 1, got ${JSON.stringify(text)}`);
};
