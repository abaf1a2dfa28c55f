import { disguisedValue, type Piece } from './compose.ts';
import { ALNUM, BASE64, BASE64URL, drawUntil, HEX, type Random, UPPER } from './random.ts';
import type { Maker, ValueType } from './types.ts';
import { CN_MAKERS, cnName } from './values/cn.ts';
import { GLOBAL_MAKERS, hostName, humanPassword, password } from './values/global.ts';
import { coordinates, date, isInnocent, LOOK_ALIKES, orderNumber, uuid, version4 } from './values/look-alikes.ts';
import { basicPair, bearerToken, SECRET_MAKERS, slackHook } from './values/secrets.ts';
import { US_MAKERS } from './values/us.ts';

export const MAKERS: readonly Maker[] = [...CN_MAKERS, ...US_MAKERS, ...GLOBAL_MAKERS, ...SECRET_MAKERS];

const BY_TYPE = new Map<string, Maker>(MAKERS.map((maker) => [maker.type, maker]));

const ENGLISH_NAMES = [
  'John Smith',
  'Mary Jones',
  'Wei Zhang',
  'Ana Lopez',
  'Peter Muller',
  'Aisha Khan',
  "Tom O'Neil",
];
const MASKS = ['255.255.255.0', '255.255.0.0', '255.255.255.128'];

const lookAlike = (name: string) => (random: Random) =>
  LOOK_ALIKES.find((one) => one.name === name)?.make(random) ?? '';

/** Innocent words of templates, by name. */
const FILLERS: Readonly<Record<string, (random: Random) => string>> = {
  order: orderNumber,
  ...{ uuid, date, v4: version4, geo: coordinates },
  price: lookAlike('price'),
  tracking: lookAlike('tracking'),
  isbn: lookAlike('ISBN'),
  ean: lookAlike('EAN'),
  badcard: lookAlike('broken card'),
  badid: lookAlike('broken resident ID'),
  baduscc: lookAlike('broken USCC'),
  badiban: lookAlike('broken IBAN'),
  badssn: lookAlike('broken SSN'),
  inside: lookAlike('phone inside'),
  print: lookAlike('fingerprint'),
  host: hostName,
  sha1: (random) => random.chars(40, HEX),
  sha256: (random) => random.chars(64, HEX),
  md5: (random) => random.chars(32, HEX),
  short: (random) => random.chars(7, HEX),
  ref: (random) => random.chars(6, UPPER),
  ms: (random) => `17${random.digits(11)}`,
  snowflake: (random) => `1${random.digits(random.pick([17, 18]))}`,
};

/** Fillers that may be replaced or not. */
const NEUTRAL: Readonly<Record<string, (random: Random) => string>> = {
  '~name': cnName,
  '~ename': (random) => random.pick(ENGLISH_NAMES),
  '~mask': (random) => random.pick(MASKS),
};

const longKey = (random: Random): string =>
  random.pick([
    () => random.chars(32, HEX),
    () => random.chars(random.pick([40, 64]), HEX),
    () => random.chars(random.int(24, 48), ALNUM),
    () => random.chars(random.int(32, 43), BASE64URL),
    () => uuid(random),
  ])();

/** Secrets that only their place gives away. */
const SECRETS: Readonly<Record<string, { readonly type: ValueType; readonly make: (random: Random) => string }>> = {
  pw: { type: 'secrets.password', make: password },
  human: { type: 'secrets.password', make: humanPassword },
  long: { type: 'secrets.password', make: longKey },
  aws: { type: 'secrets.password', make: (random) => random.chars(40, BASE64) },
  azure: { type: 'secrets.password', make: (random) => `${random.chars(86, BASE64)}==` },
  bearer: { type: 'secrets.header', make: bearerToken },
  basic: { type: 'secrets.header', make: basicPair },
  slack: { type: 'secrets.vendor-key', make: slackHook },
  urlpw: {
    type: 'global.url-credentials',
    make: (random) => `${random.chars(random.int(6, 18), `${ALNUM}-_.!~`)}${random.pick(['', '', '%40', '%21x'])}`,
  },
};

/** Whole documents hold many values, of which fewer are disguised. */
const FORM_SHARE = 0.1;

/** What stands where a template has `{name}`; an unknown name is a mistake in the template. */
export const slotPieces = (name: string, random: Random): readonly Piece[] => {
  const maker = BY_TYPE.get(name);
  if (maker !== undefined) {
    return [{ type: maker.type, value: disguisedValue(maker, random, { share: FORM_SHARE, isOneLine: true }) }];
  }
  const secret = SECRETS[name];
  if (secret !== undefined) return [{ type: secret.type, value: secret.make(random) }];
  const neutral = NEUTRAL[name];
  if (neutral !== undefined) return [{ neutral: neutral(random) }];
  if (name === 'userinfo')
    return [
      { neutral: random.pick(['admin', 'app', 'svc-deploy', 'root', 'u%40x']) },
      ':',
      ...slotPieces('urlpw', random),
    ];
  const filler = FILLERS[name]?.(random) ?? sized(name, random);
  if (filler === undefined) throw new TypeError(`{${name}}: expected a type or a filler; see tests/redaction/slots.ts`);
  return [filler];
};

/** `{n:5}` digits, `{hex:16}` and `{b64:40}` characters. */
const sized = (name: string, random: Random): string | undefined => {
  const [kind, size] = name.split(':');
  const count = Number(size);
  if (kind === 'n') return drawUntil(() => `${random.int(1, 9)}${random.digits(count - 1)}`, isInnocent);
  if (kind === 'hex') return random.chars(count, HEX);
  return kind === 'b64' ? random.chars(count, BASE64) : undefined;
};
