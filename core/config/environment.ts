import { isMap, isSeq, parseDocument } from 'yaml';
import { nearestName } from './advice.ts';
import { type Problem, toProblem } from './problem.ts';
import { listSections, listSettings, type SettingSchema } from './settings.ts';

/** A value from outside the file that replaces what the file says at its path. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** What messages call the place it came from. */
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'CLAWDBOT_';

/** Variables with a meaning of their own. */
export const RESERVED_VARIABLES: Readonly<Record<string, string>> = {
  CLAWDBOT_CONFIG: 'Configuration file, where `--config` names none.',
  CLAWDBOT_DATA: 'Data folder, where `--data` names none.',
  CLAWDBOT_MODELS_DIR: 'Folder of downloaded models.',
};

/** Kubernetes puts these into every container beside a service called `clawdbot`; they are nobody's mistake. */
const SERVICE_LINK = /^CLAWDBOT_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\w+)?)$/;

/** `limits.maxConcurrency` is `CLAWDBOT_LIMITS_MAX_CONCURRENCY`. */
export const variableName = (path: readonly string[]): string =>
  PREFIX + path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()).join('_');

/** Every variable that sets something: one for each setting, one for each whole section written as YAML. */
export const listVariables = (): ReadonlyMap<
  string,
  { readonly path: readonly string[]; readonly schema: SettingSchema }
> =>
  new Map([
    ...listSections().map(({ name, schema }) => [variableName([name]), { path: [name], schema }] as const),
    ...listSettings()
      .filter(({ path }) => !path.includes('[]') && !path.includes('*'))
      .map(({ path, schema }) => [variableName(path), { path, schema }] as const),
  ]);

/** What the environment sets, and the variables that look like settings but are none. An empty variable sets nothing. */
export const readEnvironment = (env: Environment): { overrides: Override[]; problems: Problem[] } => {
  const variables = listVariables();
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue;
    const variable = variables.get(name);
    if (variable !== undefined) overrides.push({ path: variable.path, name, value: readValue(text, variable.schema) });
    else problems.push(...unknownVariable(name, [...variables.keys()]));
  }
  // A whole section first, so that a single setting of it wins.
  overrides.sort((a, b) => a.path.length - b.path.length);
  return { overrides, problems };
};

const unknownVariable = (name: string, known: readonly string[]): Problem[] => {
  if (name in RESERVED_VARIABLES || SERVICE_LINK.test(name)) return [];
  const section = known.find((other) => name.startsWith(`${other}_`));
  const candidates = known.filter((other) => section === undefined || other.startsWith(section));
  // Without the prefix, which would make every name look alike.
  const nearest = nearestName(withoutPrefix(name), candidates.map(withoutPrefix));
  // Something of another program, as far as anyone can tell.
  if (section === undefined && nearest === undefined) return [];
  const advice = nearest === undefined ? 'unset it or see `clawdbot config docs`' : `did you mean ${PREFIX}${nearest}?`;
  return [toProblem({ path: [], expected: 'the name of a setting', arrived: 'another', advice }, { name })];
};

const withoutPrefix = (name: string): string => name.slice(PREFIX.length);

/** A text as the setting wants it: texts as they are, everything else as YAML, lists also comma separated. */
const readValue = (text: string, schema: SettingSchema): unknown => {
  if (schema.type === 'string') return text;
  if (schema.type === 'array' && !/^\s*[[-]/.test(text)) return text.split(',').map((part) => part.trim());
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) return text;
  const isScalarText = !isMap(document.contents) && !isSeq(document.contents);
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return isScalarText && value === null && text.trim() !== 'null' ? text : value;
  } catch {
    return text;
  }
};
