import { z } from 'zod';
import { ServiceError } from '../errors/service-error.ts';
import { nearestName } from './advice.ts';
import { findingsOf } from './issues.ts';
import { type Finding, toProblem } from './problem.ts';
import {
  NOTIFIER_OPTIONS,
  type NotifierConfig,
  type NotifierOptions,
  type NotifierUse,
  PLACEHOLDERS,
  SMS_NOTIFIERS,
} from './schema-notifiers.ts';
import { isMapping, type SettingPath } from './setting-path.ts';
import { type SettingSchema, schemaBelow } from './settings.ts';

const NAMES = Object.keys(NOTIFIER_OPTIONS);

const isOurs = (use: string): use is NotifierUse => Object.hasOwn(NOTIFIER_OPTIONS, use);

/** Every mistake in a list of notifiers that the schema of the list cannot see; `base` is where the list stands. */
export const notifierFindings = (notifiers: readonly NotifierConfig[], base: SettingPath): Finding[] =>
  notifiers.flatMap((notifier, index) => {
    const place = [...base, index];
    const isTwice = notifiers.findIndex(({ id }) => id === notifier.id) !== index;
    return [
      ...(isTwice
        ? [finding([...place, 'id'], 'an id of its own', `"${notifier.id}" twice`, 'rename one of them')]
        : []),
      ...useFindings(notifier, place),
    ];
  });

/** The options of a notifier of ours, complete; throws a ServiceError with every mistake. */
export const readNotifierOptions = <Use extends NotifierUse>(use: Use, raw: unknown): NotifierOptions<Use> => {
  const findings = optionFindings(use, raw, ['options']);
  const result = NOTIFIER_OPTIONS[use].safeParse(raw);
  // Safe: the table gives each name its own schema, which the compiler cannot follow through the generic.
  if (result.success && findings.length === 0) return result.data as NotifierOptions<Use>;
  const problems = findings.map((found) => toProblem(found, { name: `notifier ${use}` }));
  throw new ServiceError('ERR_CONFIG_INVALID', problems.map(({ message }) => message).join('; '), {
    details: { problems },
  });
};

/** Where a notifier of ours sends; undefined for a module, and for options that are not valid. */
export const notifierAddress = (use: string, options: unknown): string | undefined => {
  const parsed = isOurs(use) ? NOTIFIER_OPTIONS[use].safeParse(options) : undefined;
  if (parsed?.success !== true) return undefined;
  return 'url' in parsed.data ? parsed.data.url : parsed.data.baseUrl;
};

const finding = (path: SettingPath, expected: string, arrived: string, advice: string): Finding => ({
  path,
  expected,
  arrived,
  advice,
});

const useFindings = ({ use, to, options }: NotifierConfig, place: SettingPath): Finding[] => {
  if (isOurs(use))
    return [...recipientFindings(use, to, place), ...optionFindings(use, options, [...place, 'options'])];
  const nearest = nearestName(use, NAMES);
  if (nearest === undefined) return [];
  const expected = `${NAMES.join(', ')} or a module`;
  return [finding([...place, 'use'], expected, `"${use}"`, `did you mean ${nearest}?`)];
};

/** E.164. Written with the country, because a provider abroad would take a number without it for one of its own. */
const NUMBER = /^\+[1-9]\d{6,14}$/;

const recipientFindings = (use: NotifierUse, to: readonly string[], place: SettingPath): Finding[] => {
  if (!SMS_NOTIFIERS.has(use)) return [];
  if (to.length === 0) return [finding([...place, 'to'], `at least one number for ${use}`, 'none', 'add one')];
  return to.flatMap((number, index) =>
    NUMBER.test(number)
      ? []
      : [
          finding(
            [...place, 'to', index],
            'a telephone number with its country',
            'something else',
            'write it as "+8613800000000", in quotes',
          ),
        ],
  );
};

const optionFindings = (use: NotifierUse, raw: unknown, place: SettingPath): Finding[] => {
  const result = NOTIFIER_OPTIONS[use].safeParse(raw);
  const schema = jsonSchemaOf(use);
  const found = result.success
    ? [...twilioFindings(use, result.data), ...httpFindings(use, result.data), ...placeholderFindings(use, result.data)]
    : findingsOf(result.error.issues, raw, (path) => schemaBelow(schema, path));
  return found.map((one) => ({ ...one, ...adviseSecret(one, schema), path: [...place, ...one.path] }));
};

/** Whoever writes a secret where its file belongs should learn that, not that nobody knows the word. */
const adviseSecret = ({ path, isKey = false }: Finding, schema: SettingSchema): Partial<Finding> => {
  const option = `${String(path.at(-1))}File`;
  if (!isKey || schemaBelow(schema, [option]) === undefined) return {};
  return { expected: 'no secret here', arrived: 'one', advice: `write it into a file and name that as ${option}` };
};

const jsonSchemaOf = (use: NotifierUse): SettingSchema =>
  z.toJSONSchema(NOTIFIER_OPTIONS[use], { io: 'input', unrepresentable: 'any' });

const twilioFindings = (use: NotifierUse, options: Readonly<Record<string, unknown>>): Finding[] => {
  if (use !== 'twilio' || (options.from === undefined) !== (options.messagingServiceSid === undefined)) return [];
  const arrived = options.from === undefined ? 'neither' : 'both';
  return [finding(['from'], 'either from or messagingServiceSid', arrived, 'name the one that sends')];
};

const httpFindings = (use: NotifierUse, options: Readonly<Record<string, unknown>>): Finding[] => {
  if (use !== 'http') return [];
  const found: Finding[] = [];
  if (options.form !== undefined && options.json !== undefined)
    found.push(finding(['form'], 'either form or json', 'both', 'remove one of them'));
  if (options.method === 'GET' && (options.form !== undefined || options.json !== undefined))
    found.push(finding(['method'], 'POST or PUT with a body', 'GET', 'use query, or another method'));
  const words = stringsIn([options.query, options.form, options.json]).join(' ');
  for (const [what, pattern] of NEEDED) {
    if (!pattern.test(words))
      found.push(finding(['json'], `${what} in json, form or query`, 'none', 'put it where the gateway wants it'));
  }
  return found;
};

/** Without them every message would be the same, or nobody's. */
const NEEDED = [
  ['{to}', /\{to\}/],
  ['{text} or {title}', /\{(text|title)\}/],
] as const;

const placeholderFindings = (use: NotifierUse, options: Readonly<Record<string, unknown>>): Finding[] => {
  const secrets = isMapping(options.secretFiles) ? Object.keys(options.secretFiles) : [];
  const known = use === 'http' ? [...PLACEHOLDERS, ...secrets.map((secret) => `secret.${secret}`)] : PLACEHOLDERS;
  return ['headers', 'query', 'form', 'json', 'templateParams'].flatMap((key) =>
    placeholdersIn(options[key])
      .filter((word) => !known.some((one) => one === word))
      .map((word) =>
        finding([key], `placeholders among ${known.join(', ')}`, `"{${word}}"`, adviseWord(word, [...known])),
      ),
  );
};

const adviseWord = (word: string, known: readonly string[]): string => {
  if (word.startsWith('secret.')) return 'name its file under secretFiles';
  const nearest = nearestName(word, known);
  return nearest === undefined ? 'remove it' : `did you mean {${nearest}}?`;
};

const placeholdersIn = (value: unknown): string[] =>
  stringsIn(value).flatMap((text) => Array.from(text.matchAll(/\{([a-z]+(?:\.\w+)?)\}/gi), ([, word = '']) => word));

const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
};
