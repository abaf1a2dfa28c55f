import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { nearestName } from '../../core/config/advice.ts';
import { findConfigFile, loadConfig } from '../../core/config/load.ts';
import { defaultDataDir } from '../../core/config/paths.ts';
import type { RedactionConfig } from '../../core/config/schema.ts';
import { EXIT } from '../../core/errors/exit-codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { REDACTION_DIRECTIONS, type RedactionDirection } from '../../services/inference/redact/redactor.ts';
import { checkRedaction } from '../../services/inference/redact/stage/check.ts';
import { describePlaces, explainOnce, redactOnce } from '../../services/inference/redact/stage/one-shot.ts';
import { policiesOf } from '../../services/inference/redact/stage/policy.ts';

interface Options {
  readonly config?: string;
  readonly data: string;
  readonly policy?: string;
  readonly direction: RedactionDirection;
  readonly explain?: true;
  readonly json?: true;
}

const STDIN = '-';

/** `clawdbot redact`: what the service would do to a text. */
export const redactCommand = (): Command =>
  new Command('redact')
    .description('redact files or standard input as the service would, or say what it finds in them and why')
    .argument('[files...]', `files to read; none, or ${STDIN}: standard input`)
    .option(
      '--explain',
      'instead of the text, list what is found and what only looks like it: where, by which rule, and why; never the value',
    )
    .option('--policy <name>', 'policy to use (default: redaction.policy)')
    .addOption(
      new Option('--direction <direction>', 'where the text is on its way to')
        .choices(REDACTION_DIRECTIONS)
        .default('request'),
    )
    .option('--json', 'print one JSON object for each file')
    .option(
      '-c, --config <file>',
      'configuration file (default: CLAWDBOT_CONFIG, else clawdbot.yaml here or in the data folder)',
    )
    .option('-d, --data <dir>', 'data folder', defaultDataDir(process.env))
    .addHelpText(
      'after',
      '\nExit codes: 0 printed, whether or not something was found; 1 a file cannot be read, or the policy blocks it;\n64 wrong option or no such policy; 78 invalid configuration.',
    )
    .action(redact);

const redact = async (files: readonly string[], options: Options): Promise<void> => {
  const config = configOf(options);
  const policy = options.policy ?? config.policy;
  if (!Object.hasOwn(policiesOf(config), policy)) return refusePolicy(policy, config);
  for (const file of files.length === 0 ? [STDIN] : files) {
    const text = file === STDIN ? await readText(process.stdin) : await readOrRefuse(file);
    process.stdout.write(answerOf(file, text, config, { ...options, policy }));
  }
};

const configOf = ({ config, data }: Options): RedactionConfig => {
  const file = config ?? findConfigFile(process.env, ['', data]);
  return loadConfig({ file, env: process.env, check: checkRedaction }).config.redaction;
};

const refusePolicy = (policy: string, config: RedactionConfig): void => {
  const names = Object.keys(policiesOf(config));
  const nearest = nearestName(policy, names);
  const advice = nearest === undefined ? `use one of ${names.join(', ')}` : `did you mean ${nearest}?`;
  process.stderr.write(`clawdbot: --policy: expected a policy of the configuration, got another; ${advice}\n`);
  process.exitCode = EXIT.usage;
};

const readOrRefuse = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new ServiceError('ERR_CONFIG_DATA_FOLDER', `${file}: expected a readable file, got ${code}`, { cause });
  }
};

interface Asked extends Pick<Options, 'direction' | 'explain' | 'json'> {
  readonly policy: string;
}

const answerOf = (file: string, text: string, config: RedactionConfig, asked: Asked): string => {
  const { explain, json } = asked;
  if (explain === true) {
    const places = explainOnce(text, config, asked);
    return json === true ? `${JSON.stringify({ file, places })}\n` : describePlaces(file, places);
  }
  const redacted = redactOnce(text, config, asked);
  return json === true ? `${JSON.stringify({ file, text: redacted })}\n` : redacted;
};
