import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { TokenRule } from '../rules/rule.ts';
import { classesOf, isPlaceholder, looksRandom, NO_VALUE } from './label-values.ts';
import { isNamedSecret } from './named-secret.ts';
import { isInSecretColumn } from './secret-column.ts';

/** A name of something secret, whatever else is in it: `DbPassword`, `jwt.secret`, `API_TOKEN`. */
export const SECRET_NAME =
  '[\\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|passcode|secret(?:[._-]?(?:key|token))?|api[._-]?key|api[._-]?token|access[._-]?key|auth[._-]?token|private[._-]?key|token|(?:(?<=\\w[._-])|require|store|key|ssh|db|master)(?:pass|auth)|密码|口令|密钥)';

/** What stands right before a value that is an argument, an option without a space, or the next cell of its name. */
const ARGUMENT_BEFORE = endsWith(
  new RegExp(
    `(?:["']${SECRET_NAME}["']\\s?,\\s?["']|#define\\s{1,4}\\w{0,30}(?:PASS|PASSWORD|PWD|SECRET|TOKEN|KEY)\\s{1,8}["']|\\b(?:mysql|mariadb)\\w*\\b[^\\n;|]{0,80}\\s-p["']?|access_?key_?secret\\s|secret_?(?:access_?)?key\\s|(?:\\b|set|with)password\\(\\s?["']|ConvertTo-SecureString\\s{1,2}(?:-(?:String|AsPlainText|Force)\\s{1,2}){0,3}["']|\\|\\s?\\*{0,2}(?:password|passwd|密码|口令)\\*{0,2}\\s{0,2}\\|\\s?|\\b(?:ENV|setx|set)\\s{1,3}${SECRET_NAME}\\s{1,3}["']?|(?:\\busername\\s\\S{1,32}|\\benable)[^\\n]{0,24}\\s(?:secret|password)\\s(?:\\d\\s)?|\\bldap\\w{3,10}\\b[^\\n;|]{0,80}\\s-w\\s["']?|\\b(?:zip|unzip|unrar|rar|7za?)\\b[^\\n;|]{0,60}\\s-[pP]\\s?|\\bauth\\s?=\\s?\\(\\s?["'][^"'\\n]{1,40}["']\\s?,\\s?["']|\\blftp\\b[^\\n;|]{0,40}\\s-u\\s\\w{1,32},|(?:\\.(?:login|auth|authenticate)|credentials?|getConnection)\\((?:[\\w.]{1,40}\\s?,)?\\s?["'][^"'\\n]{1,60}["']\\s?,\\s?["']|["']bearer["']\\s?,\\s?["']|\\brabbitmqctl\\s[^\\n;|]{0,40}(?:add_user|change_password)\\s\\S{1,40}\\s["']?|\\bhtpasswd\\s-\\w{0,4}b\\w{0,4}\\s\\S{1,60}\\s\\S{1,40}\\s["']?|\\bnet user \\S{1,40} |\\bstrn?(?:case)?cmp\\(\\s?[\\w.>-]{0,30}passw\\w{0,20}\\s?,\\s?["'])$`,
    'i',
  ),
);

/** What every match of it ends in: most texts are told apart by that. */
const MAY_BE_ARGUMENT_BEFORE = endsWith(/["'\spP,]$/);

/** A word for a key in a sentence or a list; what follows must look like one. */
const KEY_SAID = endsWith(
  /(?:api[ _-]?(?:key|token)|(?:access|secret|private|auth|refresh)[ _-]?(?:key|token)|client[ _-]?secret|密钥|令牌)["'`]?(?:\s(?:is|was)|\s?[是为])?[:：]?\s{0,2}["'`「]?$/i,
);
/** What stands in the context for whatever was replaced. */
const OPAQUE = '\ufffc';
/** Second halves of pairs, after a first half that was found: the secret of an AWS key in a row of values. */
const isPairOfKey = (text: string, context: string): boolean =>
  (text.length === 40 || text.length === 30) &&
  /^(?:[A-Za-z0-9/+]{40}|[A-Za-z0-9]{30})$/.test(text) &&
  PAIR_BEFORE.test(context) &&
  looksRandom(text, 30) &&
  /[A-Z]/.test(text);
const PAIR_BEFORE = endsWith(
  new RegExp(`(?:AKIA[A-Z0-9]{16}|LTAI[A-Za-z0-9]{20}|${OPAQUE})["']?[\\s,;:|/]{1,3}["']?$`),
);
/** Short words after which only something random is believed. */
const SHORT_KEY_SAID = endsWith(
  /(?:(?<![a-z])(?:ak|sk|secret|(?<!(?:next|page|sync|cancellation|continuation)[ _-])token|(?<!(?:public|websocket|cache|primary|object|partition|sort|idempotency|foreign|group|dedup|routing|host|registry|row|hash|index|shard)[ _-])key(?=[:：]))|(?:app|client|api)secret[(（]?|[A-Z]_(?:KEY|SECRET|TOKEN)|秘钥|密匙)["'`]?[:：]?(?:\s{1,2}|(?<=[(（]))["'`]?$/i,
);
const looksLikeKey = (text: string): boolean =>
  text.length >= 16 &&
  /\d/.test(text) &&
  /[A-Za-z]/.test(text) &&
  !/^[\w.-]*\/|^(?:[a-z]+[-_.])+[a-z0-9]+$/i.test(text);

/** A date, a path, a number or a version is none, whatever its name. */
const isNamed = (text: string, context: string): boolean =>
  /[A-Za-z]/.test(text) && !/^[\d.:-]{5,}|^[~./]|:\/\/|^v?\d+\./.test(text) && isNamedSecret(context);

export const argument: TokenRule = {
  kind: 'token',
  id: 'secrets.password-argument',
  label: 'PASSWORD',
  finds:
    'Passwords as arguments and in columns: `define("DB_PASSWORD", "…")`, `mysql -p…`, tables with a head that says so.',
  why: 'a value of letters with digits or signs right after a name that says password, secret or key',
  examples: {
    found: [
      "define('DB_PASSWORD', 'Xk29sLq0pZ');",
      '#define WIFI_PASS "homeNet88"',
      'mysql -uroot -pXk29sLq0pZ shop',
      'user,password\nbob,Xk29sLq0pZ',
    ],
    left: ["define('WP_DEBUG', 'false1');", 'mysql -uroot -p shop1'],
  },
  mention:
    /passw|pw|pass["'\s]|secret|token|key|密码|口令|密钥|令牌|秘钥|密匙|mysql|mariadb|auth|zip|rar|7z|ldap|lftp|login|bearer|rabbitmqctl|net user|securestring|credential|getconnection|akia|ltai|ak |sk /i,
  needs: FEATURE.digit,
  minLength: 5,
  pattern: /(?<=^'?-[pP]'?|^\w{1,32},|(?<![A-Za-z0-9_.$-]))(?!-)[A-Za-z0-9!@#$%^&_+=/.:?~-]{5,128}/g,
  refuse({ text, before }) {
    const context = before();
    const isSaid =
      looksLikeKey(text) && (KEY_SAID.test(context) || (looksRandom(text, 20) && SHORT_KEY_SAID.test(context)));
    const isArgument = MAY_BE_ARGUMENT_BEFORE.test(context) && ARGUMENT_BEFORE.test(context);
    const isPlaced = isArgument || isInSecretColumn(context) || isPairOfKey(text, context) || isNamed(text, context);
    if (!isSaid && !isPlaced) return 'no name of a secret right before it';
    return isPlaceholder(text) || classesOf(text) < 2 ? NO_VALUE : undefined;
  },
  partial: () => '',
};
