/** Values that stand for one: places to fill in, types, references to where the real one is kept. */
const PLACEHOLDER =
  /^(?:!(?:vault|secret|env|ref|sub|getatt|importvalue)|\*+|x{3,}|\.{2,}|-+|_+|\?+|…+|<.*|\[.*|\{(?![\w+/]{30,200}={0,2}\}$).*|\$\{?.*|%[\w.]+%?|#\{.*|@\{?.*\}?|n\/?a|nil|null|none|nan|true|false|undefined|empty|string|str|text|int(?:eger)?|number|bool(?:ean)?|bytes|any|object|unknown|optional|required|hidden|masked|redacted|secret|token|password|passwd|pass|pwd|your[-_ ]?\w*(?:[-_ ]\w+)*|my[-_]?(?:password|secret|token|key)|change[-_]?me[-_]?(?:please|now)?|example|sample|placeholder|insert\w*|enter\w*|todo|tbd|test|default|env|file|vault|basic|bearer|jwt|oauth2?|api[-_]?key|disabled|enabled|yes|no|on|off|not|is|are|was|the|a|an|this|that|must|should|can|cannot|will|has|have|for|to|of|in|at|and|or|if|be|with|reset|changed?|forgotten|expired?|invalid|incorrect|wrong|missing|correct|valid|strong|weak|field|input|value|here|below|above|label|hash(?:ed)?|prompt|policy|manager|protected|auth|authentication|authorization|login|username|email|confirm\w*|new|old|current|same|different|length|type|format|min|max|用户.*|必填|无|空)$/i;
/** Code that reads a value rather than a value. */
const EXPRESSION =
  /^(?:process\.env|os\.(?:environ|getenv)|env[.[(]|getenv|config[.[(]|settings[.[(]|self\.|this\.|props\.|req(?:uest)?\.|res(?:ponse)?\.|args\.|params?[.[]|options?\.|opts\.|user\.|data\.|form\.|body\.|event\.|context\.|ctx\.|state\.|input[.(]|secrets?[.[(]|vault[.:(]|var\.|local\.|data\.|module\.|std::|System\.|await\b|new\b|function\b|async\b|lambda\b|async\(|require\(|import\(|\w{1,40}\(|\w{1,40}\.\w{1,40}\(|[A-Za-z_]{1,40}\[)/;
const REFERENCE =
  /^(?:file|vault|env|secret|ssm|arn|op|https?|gs|s3):\/\/|^arn:|^\/(?:run|etc|var|home|usr|opt|mnt)\//i;

/** Whether a value only stands for one, or is code that reads it from elsewhere. */
export const isPlaceholder = (value: string): boolean =>
  PLACEHOLDER.test(value) || EXPRESSION.test(value) || REFERENCE.test(value);

/** Marks of tables, lists and emphasis between a label and its value. */
const MARKUP = '(?:(?:\\*{1,2}(?!\\*)|</?[a-z]{1,8}>|`)[ \\t]{0,2}){0,3}';
/** Signs of YAML for a text, and for a text of several lines. */
const YAML = '(?:!!str[ \\t]{1,2})?(?:[|>][-+]?[ \\t]{0,2}(?=\\n))?';
const GAP = `[ \\t]{0,4}(?:[:=]?(?:>(?![-+]?[ \\t]{0,2}\\n))?)[ \\t]{0,4}${YAML}\\n?[ \\t]{0,12}${MARKUP}`;
/** What is between quotes, all of it: escaped ones within belong to it, unless the quotes themselves are escaped. */
const QUOTED =
  '(?:[bruBRU]{1,2}(?=["\'])|)(?:\\\\(?<outer>["\'`])(?<quoted>(?:(?!\\\\?\\k<outer>)[^\\n]){1,600})|(?<quote>["\'`])(?:\\k<quote>{2})?(?<quoted>(?:\\\\[^\\n]|(?!\\k<quote>)[^\\n\\\\]){1,600}))';
/** What is between quotes, all of it, or as much of what is not quoted as `plain` takes. */
export const valueAfterGap = (plain: string): RegExp => new RegExp(`${GAP}(?:${QUOTED}|(?<value>${plain}))`, 'y');

/** How many kinds of characters a value has: words have one. */
export const classesOf = (value: string): number =>
  [/[a-z]/, /[A-Z]/, /\d/, /[!@#$%^&*_~+=?-]/].filter((kind) => kind.test(value)).length;

/** A line break ends a value, but not after the sign for a text of several lines. */
export const END_OF_VALUE = /(?<!^[|>][-+]?[ \t]{0,2})\n/;
