import { corpusOf } from '../../tests/redaction/corpus.ts';
import { type Random, randomOf } from '../../tests/redaction/random.ts';

/** Kinds of prompts that a service sees, from nothing private to little else. */
export const PROMPT_KINDS = ['English prose', 'Chinese prose', 'code', 'log', 'mixed', 'form'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

const ENGLISH = (
  'the of and to in that was his with for had you not be her is but have him they were which their from said one all ' +
  'she will what there would when been more no if out so up some into them could then time now only its about my over ' +
  'two like other how after our these may first good great little world house water light river morning window garden ' +
  'letter question answer measure system model service number station engine kitchen winter summer between together'
).split(' ');

const CHINESE = [
  ...[
    '人工智能正在改变各行各业的工作方式',
    '我们需要重新思考教育的意义',
    '这个方案的优点是成本较低',
    '请把下面的内容整理成一份报告',
  ],
  ...[
    '城市的早晨总是从早点铺开始',
    '他把自行车停在巷口的梧桐树下',
    '根据会议纪要，项目将分三个阶段推进',
    '在保证质量的前提下提高效率',
  ],
  ...[
    '医生建议多喝水、多休息',
    '今年的粮食产量比去年有所增加',
    '如果天气允许，我们周末去爬山',
    '这一算法的时间复杂度是线性的',
  ],
  ...[
    '图书馆里安静得能听见翻书的声音',
    '新的规定将于下个月起施行',
    '老人说起年轻时的事，眼里有光',
    '系统会自动保存您的修改',
  ],
];

const CODE = [
  'export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);',
  'for (let index = 0; index < rows.length; index += 1) {\n  const row = rows[index];\n  if (row === undefined) continue;\n}',
  "import { readFile } from 'node:fs/promises';",
  'const response = await fetch(new URL("/items?page=2&limit=50", base), { signal });',
  'if (!response.ok) throw new Error("expected 200, got " + response.status);',
  'def area(r: float) -> float:\n    return 3.141592653589793 * r ** 2',
  "SELECT id, created_at FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 100;",
  'const palette = ["#1e90ff", "#ff8c00", "#2e8b57"]; // hex colours',
];

const LOG = [
  'INFO  request done method=GET path=/v1/items status=200 duration=12ms',
  'WARN  slow query table=orders rows=48213 duration=1830ms',
  'ERROR upstream timed out after 30000 ms, retry 2 of 3',
  'INFO  cache hit ratio=0.982 entries=13812 bytes=104857600',
];

/** Writes prompts of exactly so many bytes, none twice. */
export const promptsOf = (kind: PromptKind, count: number, bytes: number): readonly string[] => {
  const random = randomOf(`bench redact ${kind}`);
  return Array.from({ length: count }, () => written(kind, bytes, random));
};

const written = (kind: PromptKind, bytes: number, random: Random): string => {
  let text = '';
  while (Buffer.byteLength(text) < bytes) text += PIECES[kind](random);
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
};

const sentence = (random: Random): string => {
  const words = Array.from({ length: random.int(6, 18) }, () => random.pick(ENGLISH)).join(' ');
  return `${words[0]?.toUpperCase()}${words.slice(1)}${random.pick(['. ', '. ', ', ', '? ', '.\n'])}`;
};

const corpus = (isPrivate: boolean): readonly string[] =>
  corpusOf('development').flatMap(({ text, spans }) => (spans.length > 0 === isPrivate ? [text] : []));

let privateTexts: readonly string[] | undefined;
const privateText = (random: Random): string => {
  privateTexts ??= corpus(true);
  return `${random.pick(privateTexts)}\n`;
};

const PIECES: Readonly<Record<PromptKind, (random: Random) => string>> = {
  'English prose': sentence,
  'Chinese prose': (random) => `${random.pick(CHINESE)}${random.pick(['，', '。', '。', '；', '。\n'])}`,
  code: (random) => `${random.pick(CODE)}\n`,
  log: (random) =>
    `2024-05-${random.int(10, 28)}T07:${random.int(10, 59)}:${random.int(10, 59)}.${random.digits(3)}Z ${random.pick(LOG)}\n`,
  mixed: (random) =>
    random.chance(0.08) ? privateText(random) : random.chance(0.4) ? PIECES['Chinese prose'](random) : sentence(random),
  form: privateText,
};
