import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { loadConfig } from '../../core/config/load.ts';
import { configSchema } from '../../core/config/schema.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { checkRedaction } from '../../services/inference/redact/stage/check.ts';
import { type Random, randomOf } from '../redaction/random.ts';
import { oddString, oddValue } from './odd.ts';

const EXAMPLES = fileURLToPath(new URL('../fixtures/config/', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../clawdbot.example.yaml', import.meta.url));

export interface ConfigFuzzResult {
  readonly accepted: number;
  readonly refused: number;
  readonly violations: readonly string[];
}

/** Reads so many damaged configuration files; nothing is started from any of them. */
export const fuzzConfig = ({ files, seed }: { files: number; seed: string }): ConfigFuzzResult => {
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-fuzz-'));
  const file = join(folder, 'clawdbot.yaml');
  const seeds = seedTexts();
  const violations: string[] = [];
  let accepted = 0;
  for (let at = 0; at < files; at += 1) {
    const random = randomOf(`${seed} config ${at}`);
    const bytes = damage(random.pick(seeds), random);
    writeFileSync(file, bytes);
    const problem = readingOf(file);
    if (problem === 'accepted') accepted += 1;
    else if (problem !== 'refused')
      violations.push(`configuration ${at}: ${problem}\n${bytes.toString().slice(0, 200)}`);
  }
  rmSync(folder, { recursive: true, force: true });
  return { accepted, refused: files - accepted - violations.length, violations };
};

const seedTexts = (): readonly string[] => {
  const fixtures = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
  // The settings of the example are comments; without the marks every one of them is there.
  const example = readFileSync(EXAMPLE, 'utf8');
  // Most of the fixtures hold a mistake already; this one holds none, and every setting that has a default.
  const complete = stringify(configSchema.parse({}));
  return [
    ...Array.from({ length: fixtures.length }, () => complete),
    example.replaceAll(/^(\s*)# ?(?=[\w-])/gm, '$1'),
    ...fixtures.map((name) => readFileSync(join(EXAMPLES, name), 'utf8')),
  ];
};

/** A file is accepted, or refused with every mistake named on a line of its own. */
const readingOf = (file: string): string => {
  try {
    const { config } = loadConfig({ file, env: {}, check: checkRedaction });
    return Object.isFrozen(config) ? 'accepted' : 'accepted, but it can still be changed';
  } catch (error) {
    if (!(error instanceof ServiceError)) return `threw ${error instanceof Error ? error.stack : typeof error}`;
    if (error.code !== 'ERR_CONFIG_INVALID') return `threw ${error.code}`;
    const problems: unknown = error.details?.problems;
    if (!Array.isArray(problems) || problems.length === 0) return 'was refused without a reason';
    const broken = problems.find(({ message }) => typeof message !== 'string' || /\p{Cc}/u.test(message));
    return broken === undefined ? 'refused' : `a message that is not one line: ${JSON.stringify(broken)}`;
  }
};

const TOKENS = [
  ...[
    ':',
    '- ',
    '? ',
    '&a ',
    '*a',
    '!!binary ',
    '!tag ',
    '{',
    '}',
    '[',
    ']',
    '|',
    '>',
    '---\n',
    '...\n',
    '%YAML 9.9\n',
  ],
  ...[
    '<<: *a\n',
    '"',
    "'",
    '#',
    '\t',
    '\u0000',
    '\ufeff',
    '\u2028',
    '~',
    '.nan',
    '-.inf',
    '0x10',
    '0o7',
    '1_000',
    'yes',
  ],
];

const damage = (text: string, random: Random): Buffer => {
  let lines = text.split('\n');
  for (let turns = random.int(1, 4); turns > 0; turns -= 1) lines = damageLines(lines, random);
  const bytes = Buffer.from(lines.join('\n'));
  if (!random.chance(0.05)) return bytes;
  return random.chance(0.5)
    ? bytes.subarray(0, random.int(0, bytes.length))
    : Buffer.concat([bytes, Buffer.from([0xc3, 0x28])]);
};

const damageLines = (given: string[], random: Random): string[] => {
  const lines = given.length === 0 ? [''] : given;
  const at = random.int(0, lines.length - 1);
  const line = lines[at] ?? '';
  switch (random.int(0, 7)) {
    case 0:
      return lines.toSpliced(at, random.int(1, 3));
    case 1:
      return lines.toSpliced(at, 0, line);
    case 2:
      return lines.with(at, `${' '.repeat(random.int(1, 5))}${line}`);
    case 3:
      return lines.with(at, line.replace(/^\s+/, ''));
    case 4: {
      const column = random.int(0, line.length);
      return lines.with(at, `${line.slice(0, column)}${random.pick(TOKENS)}${line.slice(column)}`);
    }
    case 5:
      return lines.with(at, line.replace(/:.*$/, `: ${oddString(random)}`));
    case 6:
      return lines.with(
        at,
        line.replace(/^(\s*(?:- )?)[^:]*:/, (_, lead: string) => `${lead}${JSON.stringify(oddString(random))}:`),
      );
    default:
      return lines.with(at, line.replace(/:.*$/, `: ${JSON.stringify(oddValue(random))}`));
  }
};
