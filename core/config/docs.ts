import { stringify } from 'yaml';
import { unitOf } from './advice.ts';
import { RESERVED_VARIABLES } from './environment.ts';
import { describeExpected } from './expected.ts';
import { configSchema } from './schema.ts';
import { type SettingPath, valueAt } from './setting-path.ts';
import { listSections, listSettings, type Setting, type SettingSchema } from './settings.ts';

const UNITS = { ms: 'milliseconds', s: 'seconds', bytes: 'bytes' } as const;

/** What a setting accepts, with its unit. */
export const describeType = (path: SettingPath, schema: SettingSchema): string => {
  const unit = unitOf(path);
  return unit === undefined ? describeExpected(schema) : `${describeExpected(schema)} (${UNITS[unit]})`;
};

/** A value on one line, as YAML. */
export const oneLine = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, singleQuote: null }).trim();

/** The reference page of the configuration. */
export const renderReference = (): string => {
  const defaults = configSchema.parse({});
  const settings = listSettings();
  const sections = listSections().map(({ name, help }) =>
    [
      `## ${name}`,
      '',
      help,
      '',
      '| setting | accepts | default | applies | meaning |',
      '| --- | --- | --- | --- | --- |',
      ...settings.filter(({ path }) => path[0] === name).map((setting) => renderRow(setting, defaults)),
    ].join('\n'),
  );
  return `${[INTRODUCTION, variables(), ...sections].join('\n\n')}\n`;
};

const INTRODUCTION = `# Configuration

<!-- Generated from core/config/schema.ts by \`clawdbot config docs --write\`; do not edit. -->

One file, \`clawdbot.yaml\`; every setting has a default, so an absent file is a complete one. Later wins: defaults, file,
environment, command line. \`clawdbot config check\` names every mistake with its line, \`clawdbot config print\` shows the
effective values with secrets as \`[redacted]\`, and \`clawdbot.example.yaml\` holds every setting with its default.

The file is watched while the service runs. Settings marked **live** apply within a second and never drop a request; the
others are named in the log and wait for a restart. A file with a mistake changes nothing: the old settings stay.

Relative file paths are relative to the folder of the configuration file; those from the environment or the command line
to the folder the command was typed in. In the tables \`[]\` stands for each entry of a list and \`*\` for a name you choose.`;

const variables = (): string =>
  [
    '## Environment',
    '',
    'Every setting outside lists and chosen names has a variable: `CLAWDBOT_`, the sections and the name in capitals, words',
    'split by `_`, as in `CLAWDBOT_LIMITS_MAX_CONCURRENCY` for `limits.maxConcurrency`. Texts are taken as they are, lists may be',
    'separated by commas, everything else is YAML. A whole section is written as YAML too:',
    "`CLAWDBOT_MODELS='[{ id: test, engine: scripted }]'`. An empty variable sets nothing; a misspelled one stops the start.",
    '',
    '| variable | meaning |',
    '| --- | --- |',
    ...Object.entries(RESERVED_VARIABLES).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  ].join('\n');

const renderRow = ({ path, schema, help, isLive, isRequired }: Setting, defaults: unknown): string => {
  const name = path.join('.').replaceAll('.[]', '[]');
  const shown = isRequired ? 'required' : showDefault(path, defaults);
  const cells = [`\`${name}\``, describeType(path, schema), shown, isLive ? '**live**' : 'restart', help];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const showDefault = (path: readonly string[], defaults: unknown): string => {
  const value = defaultAt(path, defaults);
  return value === undefined ? '' : `\`${oneLine(value)}\``;
};

/** The default of a setting; inside a list, what an entry without it gets. */
export const defaultAt = (path: readonly string[], defaults: unknown): unknown => {
  const open = path.findIndex((part) => part === '[]' || part === '*');
  if (open === -1) return valueAt(defaults, path);
  return valueAt(bareEntry(path[0]), path.slice(open + 1));
};

// The rules ask for sources; the defaults of a model do not depend on them.
const BARE_MODEL = { id: 'any' };
const bareEntry = (section: string | undefined): unknown => {
  if (section === 'models') return configSchema.parse({ models: [BARE_MODEL] }).models[0];
  if (section === 'actions') return configSchema.parse({ actions: { policy: [{ action: 'any' }] } }).actions.policy[0];
  return configSchema.parse({ scenarios: { any: {} } }).scenarios.any;
};
