import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ServiceError } from '../errors/service-error.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type Override, readEnvironment } from './environment.ts';
import { findingsOf } from './issues.ts';
import { applyOverrides, originOfOverride } from './overrides.ts';
import { type Finding, type Problem, toProblem } from './problem.ts';
import { resolvePaths } from './relative-paths.ts';
import { checkRules, type ValidSections } from './rules.ts';
import { type Config, configSchema } from './schema.ts';
import { isMapping } from './setting-path.ts';
import { isSection, propertiesOf, rootSchema, type SettingSchema } from './settings.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

export type { Problem } from './problem.ts';

export interface LoadedConfig {
  /** Complete and deeply frozen. */
  readonly config: Config;
  /** The file it came from; undefined where there was none. */
  readonly file: string | undefined;
}

export interface LoadOptions {
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values from the command line by setting: `{ 'server.port': 9443 }`; undefined ones set nothing. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** What only a stage can tell about its settings, such as whether a pattern of the user is one. */
  readonly check?: (config: Config) => readonly Finding[];
}

const DEFAULT_FILE = 'clawdbot.yaml';

/** The file to read where the command line names none: `CLAWDBOT_CONFIG`, else the first `clawdbot.yaml` in these folders. */
export const findConfigFile = (env: LoadOptions['env'], folders: readonly string[] = ['']): string | undefined => {
  if (env.CLAWDBOT_CONFIG !== undefined && env.CLAWDBOT_CONFIG !== '') return env.CLAWDBOT_CONFIG;
  return folders.map((folder) => join(folder, DEFAULT_FILE)).find((file) => existsSync(file));
};

/** Defaults, file, environment, flags, in this order. Throws ERR_CONFIG_INVALID with every mistake in `details.problems`. */
export const loadConfig = (options: LoadOptions): LoadedConfig => {
  const file = options.file === undefined ? NO_FILE : readYamlFile(options.file);
  const environment = readEnvironment(options.env);
  const overrides = [...environment.overrides, ...flagOverrides(options.flags ?? {})];
  const root = merge(file.value, overrides, options.file);
  const { config, findings } = validate(root, options.check);
  const problems = [
    ...file.problems,
    ...environment.problems,
    // Values read from broken text would only raise questions about lines that are right.
    ...(isBroken(file) ? [] : findings).map((found) =>
      toProblem(found, originOfOverride(found.path, overrides) ?? file.locate(found.path)),
    ),
  ];
  if (problems.length > 0 || config === undefined) throw invalidConfig(problems.sort(byPlace));
  return { config: deepFreeze(config), file: options.file };
};

/** In the order of the file, after what does not come from it. */
const byPlace = (a: Problem, b: Problem): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

const NO_FILE: YamlFile = { value: {}, problems: [], locate: () => ({ name: 'configuration' }) };

const isBroken = (file: YamlFile): boolean => file.value === undefined && file.problems.length > 0;

const merge = (fileValue: unknown, overrides: readonly Override[], file: string | undefined): unknown => {
  const fromFile = file === undefined ? fileValue : resolvePaths(fileValue, dirname(resolve(file)));
  // What comes from outside a file is relative to where the command was typed.
  const fromOutside = overrides.map((override) => ({
    ...override,
    value: resolveOverride(override),
  }));
  return applyOverrides(fromFile ?? {}, fromOutside);
};

const resolveOverride = ({ path, value }: Override): unknown => {
  const root = resolvePaths(applyOverrides({}, [{ path, value, name: '' }]), process.cwd());
  return path.reduce((inner, part) => (isMapping(inner) ? inner[part] : undefined), root);
};

const flagOverrides = (flags: Readonly<Record<string, unknown>>): Override[] =>
  Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ path: name.split('.'), value, name: 'command line' }));

const validate = (
  raw: unknown,
  check: LoadOptions['check'] = () => [],
): { config: Config | undefined; findings: Finding[] } => {
  const root = dropEmptySections(raw, rootSchema());
  const result = configSchema.safeParse(root);
  const found = result.success ? [] : findingsOf(result.error.issues, root);
  const sections = result.success ? result.data : validSections(root);
  const checked = result.success ? check(result.data) : [];
  return {
    config: result.success ? result.data : undefined,
    findings: [...found, ...checkRules(sections), ...checked],
  };
};

/** A section without content (`limits:` with everything below it commented out), or left to `auto`, is an absent one. */
const dropEmptySections = (value: unknown, schema: SettingSchema): unknown => {
  const sections = Object.entries(propertiesOf(schema)).filter(([, child]) => isSection(child));
  if (!isMapping(value) || sections.length === 0) return value;
  const kept = Object.entries(value).flatMap(([key, child]) => {
    const section = sections.find(([name]) => name === key)?.[1];
    if (section === undefined) return [[key, child]];
    const isAbsent = child === null || (child === 'auto' && section.auto === true);
    return isAbsent ? [] : [[key, dropEmptySections(child, section)]];
  });
  return Object.fromEntries(kept);
};

const validSections = (root: unknown): ValidSections => {
  if (!isMapping(root)) return {};
  const { server, auth, models, scenarios, engines, redaction, collectors, actions } = configSchema.shape;
  return {
    server: server.safeParse(root.server).data,
    auth: auth.safeParse(root.auth).data,
    models: models.safeParse(root.models).data,
    scenarios: scenarios.safeParse(root.scenarios).data,
    engines: engines.safeParse(root.engines).data,
    redaction: redaction.safeParse(root.redaction).data,
    collectors: collectors.safeParse(root.collectors).data,
    actions: actions.safeParse(root.actions).data,
  };
};

const invalidConfig = (problems: readonly Problem[]): ServiceError =>
  new ServiceError('ERR_CONFIG_INVALID', problems.map(({ message }) => message).join('\n'), { details: { problems } });
