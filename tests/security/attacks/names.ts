import { attack, CHAT, get, type Http1Attack, NATIVE, post } from '../attack.ts';

/** Names that look like `scripted`, or are it to a reader that folds, trims or normalises. */
const LIKE_THE_MODEL: Readonly<Record<string, string>> = {
  'in capitals': 'SCRIPTED',
  'with a space in front': ' scripted',
  'with a space behind': 'scripted ',
  'with a no-break space behind': 'scripted\u00a0',
  'with a line break behind': 'scripted\n',
  'with a NUL behind': 'scripted\0',
  'with a zero-width space': 'script\u200bed',
  'with a soft hyphen': 'script\u00aded',
  'with a byte order mark': '\ufeffscripted',
  'with a letter of Cyrillic': '\u0455cripted',
  'in full width': 'ｓｃｒｉｐｔｅｄ',
  'in letters of mathematics': '𝓼𝓬𝓻𝓲𝓹𝓽𝓮𝓭',
  'with a dotless i': 'scr\u0131pted',
  'with a combining dot': 'scri\u0307pted',
  'written from right to left': '\u202edetpircs\u202c',
  'with a variation selector': 'scripted\ufe0f',
  'with a tag of Unicode': 'scripted\u{e0061}',
  'with half a surrogate': 'scripted\ud800',
  'as a percent escape': '%73cripted',
  'as an entity': '&#115;cripted',
};

const NOBODY = [400, 404] as const;
const encoded = (name: string): string => encodeURIComponent(name.toWellFormed());

const likeTheModel = Object.entries(LIKE_THE_MODEL).flatMap(([how, name]) => [
  attack(`the model ${how}`, post(NATIVE, { prompt: 'a', maxTokens: 4, model: name }), NOBODY),
  attack(
    `the model of a chat ${how}`,
    post(CHAT, { model: name, messages: [{ role: 'user', content: 'a' }], max_tokens: 4 }),
    NOBODY,
  ),
  attack(`the model of a path ${how}`, get(`/v1/models/${encoded(name)}`), NOBODY),
]);

/** What no id of ours is, on its way into a look-up. */
const IDS: readonly string[] = [
  'job_\u0660\u0661\u0662',
  'ｊｏｂ＿１',
  'JOB_1',
  'job_1\u200b',
  '\u{1f4a9}',
  'a'.repeat(300),
  '.',
  '..',
  '*',
  '%',
  '[object Object]',
  'hasOwnProperty',
];

const ids = IDS.flatMap((id) => [
  attack(`the job ${encoded(id).slice(0, 30)}`, get(`/api/v1/jobs/${encoded(id)}`), NOBODY),
  attack(`the events of ${encoded(id).slice(0, 30)}`, get(`/api/v1/jobs/${encoded(id)}/events`), NOBODY),
]);

/** Names in Unicode that are taken letter by letter or not at all. */
export const NAMES: readonly Http1Attack[] = [
  ...likeTheModel,
  ...ids,
  attack('bytes of UTF-8 in a path, as they are', get('/v1/models/\xc3\xa9'), 400, { code: 'ERR_HTTP_MALFORMED' }),
  attack('an escape that is no UTF-8', get('/v1/models/%ff%fe'), NOBODY),
  attack('half an escape', get('/v1/models/scripted%2'), NOBODY),
  attack('a surrogate as an escape', get('/v1/models/%ed%a0%80'), NOBODY),
  attack('an overlong letter', get('/v1/models/%c1%b3cripted'), NOBODY),
  attack('a scenario in full width', post(NATIVE, { prompt: 'a', scenario: 'ｃｈａｔ' }), NOBODY),
  attack('an idempotency key beyond ASCII', post(NATIVE, { prompt: 'a', mode: 'async' }, 'idempotency-key: \xe9'), 400),
];
