/** Values that stand for one: places to fill in, types, references to where the real one is kept. */
const PLACEHOLDER =
  /^(?:!(?:vault|secret|env|ref|sub|getatt|importvalue)|[*•●·∙]+|x{3,}|\.{2,}|-+|_+|\?+|…+|<.*|\[.*|\{(?![\w+/]{30,200}={0,2}\}$).*|\$\{?.*|%[\w.]+%?|#\{.*|@\{?.*\}?|n\/?a|nil|null|none|nan|true|false|undefined|empty|string|str|text|int(?:eger)?|number|bool(?:ean)?|bytes|any|object|unknown|optional|required|hidden|masked|redacted|secret|token|password|passwd|pass|pwd|your[-_ ]?\w*(?:[-_ ]\w+)*|my[-_]?(?:password|secret|token|key)|change[-_]?me[-_]?(?:please|now)?|example|sample|placeholder|insert\w*|enter\w*|todo|tbd|test|default|env|file|vault|basic|bearer|jwt|oauth2?|api[-_]?key|disabled|enabled|yes|no|on|off|not|is|are|was|the|a|an|this|that|must|should|can|cannot|will|has|have|for|to|of|in|at|and|or|if|be|with|reset|changed?|forgotten|expired?|invalid|incorrect|wrong|missing|correct|valid|strong|weak|field|input|value|here|below|above|label|hash(?:ed)?|prompt|policy|manager|protected|auth|authentication|authorization|login|username|email|confirm\w*|new|old|current|same|different|length|type|format|min|max|用户.*|必填|无|空)$/i;
/** Code that reads a value rather than a value. */
const EXPRESSION =
  /^(?:process\.env|os\.(?:environ|getenv)|env[.[(]|getenv|config[.[(]|settings[.[(]|self\.|this\.|props\.|req(?:uest)?\.|res(?:ponse)?\.|args\.|params?[.[]|options?\.|opts\.|user\.|data\.|form\.|body\.|event\.|context\.|ctx\.|state\.|input[.(]|secrets?[.[(]|vault[.:(]|var\.|local\.|data\.|module\.|std::|System\.|await\b|new\b|function\b|async\b|lambda\b|(?:\(?ConvertTo-SecureString|\(?Get-(?:Credential|Secret|Content|Random)|\(?Read-Host)\b|random_\w{1,30}\.|[A-Za-z_]{1,60}(?:\.[A-Za-z_]{1,40}){2,6}$|[A-Za-z_]{1,40}\.[A-Za-z_]{0,30}(?:[Pp]assword|passwd|[Ss]ecret|[Tt]oken|pwd)$|async\(|require\(|import\(|\w{1,40}\(|\w{1,40}\.\w{1,40}\(|[A-Za-z_]{1,40}\[)/;
const REFERENCE =
  /^(?:file|vault|env|secret|ssm|arn|op|https?|gs|s3):\/\/|^arn:|^\.{1,2}\/|^\/(?:run|etc|var|home|usr|opt|mnt)\//i;

/** Why such a value is left. */
export const NO_VALUE = 'a placeholder, a word or a reference';

/** Whether a value only stands for one, or is code that reads it from elsewhere. */
export const isPlaceholder = (value: string): boolean =>
  PLACEHOLDER.test(value) || EXPRESSION.test(value) || REFERENCE.test(value);

/** Marks of tables, lists and emphasis between a label and its value. */
const MARKUP = '(?:(?:\\*{1,2}(?!\\*)|</?[a-z]{1,8}>|`)[ \\t]{0,2}){0,3}';
/** Signs of YAML for a text, and for a text of several lines. */
const YAML = '(?:!!str[ \\t]{1,2})?(?:[|>][-+]?[ \\t]{0,2}(?=\\n))?';
/** Casts and one-way functions around a value: `[]byte("…")`, `N'…'`, `MD5('…')`. */
const WRAPPED =
  "(?:(?:\\[\\]byte|[Mm][Dd]5|[Ss][Hh][Aa]\\d{0,3}|PASSWORD|hashbytes|encrypt|crypt|SecretStr|SecureString|Buffer\\.from|bytes|str|String|b64encode)\\(\\s?|N(?=')|\\(?ConvertTo-SecureString[ \\t]{1,2}(?:-(?:String|AsPlainText|Force)[ \\t]{1,2}){0,3})(?=[\"'])";
const GAP = `[ \\t]{0,4}(?:[:=]?(?:>(?![-+]?[ \\t]{0,2}\\n))?)[ \\t]{0,4}${YAML}\\n?[ \\t]{0,12}${MARKUP}`;
/** What is between quotes, all of it: escaped ones within belong to it, unless the quotes themselves are escaped. */
const QUOTED =
  '(?:(?:[bruBRU]{1,2}|[@$]{1,2})(?=["\'])|)(?:\\\\(?<outer>["\'`])(?<quoted>(?:(?!\\\\?\\k<outer>)[^\\n]){1,600})|(?<quote>["\'`])(?:\\k<quote>{2})?(?<quoted>(?:\\\\[^\\n]|(?!\\k<quote>)[^\\n\\\\]){1,600}))';
/** What is between quotes, all of it, or as much of what is not quoted as `plain` takes. */
export const valueAfterGap = (plain: string): RegExp =>
  new RegExp(`${GAP}(?:${WRAPPED})?(?:${QUOTED}|(?<value>${plain}))`, 'y');

/** Kinds of characters, as bits. */
const KINDS = new Uint8Array(128);
const KIND = { lower: 1, upper: 2, digit: 4, sign: 8 } as const;
for (const [from, to, kind] of [
  ['a', 'z', KIND.lower],
  ['A', 'Z', KIND.upper],
  ['0', '9', KIND.digit],
] as const)
  KINDS.fill(kind, from.charCodeAt(0), to.charCodeAt(0) + 1);
for (const sign of '!@#$%^&*_~+=?-') KINDS[sign.charCodeAt(0)] = KIND.sign;

/** How many kinds of characters a value has: words have one. */
export const classesOf = (value: string): number => {
  let kinds = 0;
  for (let index = 0; index < value.length; index += 1) kinds |= KINDS[value.charCodeAt(index)] ?? 0;
  return (kinds & 1) + ((kinds >> 1) & 1) + ((kinds >> 2) & 1) + (kinds >> 3);
};

const REFERENCE_LIKE =
  /^(?:[a-z]+[-_./:])+[a-z]+\d{0,4}$|^[a-z]+\d{0,4}$|^\d+$|\.(?:com|net|org|io|cn|json|html?|js|ts|md)$/i;

/** Digits and letters mixed as no word or name has them; `least` characters at least. */
export const looksRandom = (value: string, least: number): boolean => {
  if (value.length < least || REFERENCE_LIKE.test(value)) return false;
  const { digits, letters, changes } = countsOf(value);
  if (letters < 4) return false;
  if (digits < 2) return value.length >= 24 && /[a-z][A-Z][^a-z]|[A-Z][a-z][A-Z]/.test(value) && !/[-_./]/.test(value);
  // Words with a number after them change from letters to digits once or twice.
  return changes >= Math.max(3, Math.min(6, value.length / 6));
};

const LETTER = KIND.lower | KIND.upper;

/** Digits and letters, and how often one follows the other or a letter of the other case. */
const countsOf = (value: string): { digits: number; letters: number; changes: number } => {
  let digits = 0;
  let letters = 0;
  let changes = 0;
  let previous = 0;
  for (let index = 0; index < value.length; index += 1) {
    const kind = (KINDS[value.charCodeAt(index)] ?? 0) & ~KIND.sign;
    if (kind === KIND.digit) digits += 1;
    else if ((kind & LETTER) !== 0) letters += 1;
    if (kind !== 0 && previous !== 0 && kind !== previous) changes += 1;
    previous = kind;
  }
  return { digits, letters, changes };
};

/** A line break ends a value, but not after the sign for a text of several lines. */
export const END_OF_VALUE = /(?<!^[|>][-+]?[ \t]{0,2})\n/;
