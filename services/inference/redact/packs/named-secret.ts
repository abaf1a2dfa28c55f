import { endsWith } from '../rules/ends-with.ts';

/** Name and sign right before a value, where the name goes on after a word for a secret: `PASSWORD_PROD=`, `apiKeyTest: '`. */
const NAMED_BEFORE = endsWith(
  /(?:passw(?:or)?d|passwd|pwd|passcode|secret|token|api[_-]?key)(?:[_.-][\w.-]{1,30}|[A-Z][A-Za-z0-9]{1,20}|\d{1,2})["'\]]{0,2}\s?(?:=>|[:=]{1,2})\s{0,2}["']?$/i,
);
const SIGN = /["'\]]{0,2}\s?(?:=>|[:=]{1,2})\s{0,2}["']?$/;
const NAME = /[\w.-]{1,64}$/;
/** The words of a name, as far as capitals, digits and signs tell. */
const WORDS = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g;
const MAY_BE = endsWith(/[\s"'=:>]$/);

/** `token_ci`, not `tokenizer`. */
const SECRETS = new Set(['password', 'passwd', 'pwd', 'passcode', 'secret', 'token', 'apikey']);

/** Words that say of a name that its value is about the secret rather than the secret itself. */
const ABOUT = new Set(
  (
    'policy hash hashed algorithm min max length size age file path dir folder url uri link endpoint reset field column ' +
    'encryption encoding expires expiry expiration ttl prompt changed updated created set at date time attempts retries left ' +
    'label title text message placeholder validators validator rules rule pattern regex input form rounds cost hint strength ' +
    'store store_dir sha md digest name names arn ref reference id ids version type kind format count limit header rate cmd ' +
    'command management manager visible required enabled disabled allowed counter through mode level days hours minutes ' +
    'seconds less salt iterations grant class style icon color colour error errors help info provider source ' +
    'usage used total prefix suffix address price contract symbol bucket budget per'
  ).split(' '),
);

/** Whether the name of something secret that goes on stands right before a value. */
export const isNamedSecret = (before: string): boolean => {
  if (!MAY_BE.test(before) || !NAMED_BEFORE.test(before)) return false;
  const name = NAME.exec(before.replace(SIGN, ''))?.[0] ?? '';
  const words = (name.match(WORDS) ?? []).map((word) => word.toLowerCase());
  const isSecret = words.some((word, index) => SECRETS.has(word) || (word === 'key' && words[index - 1] === 'api'));
  return isSecret && !words.some((word) => ABOUT.has(word));
};
