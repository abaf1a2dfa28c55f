import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { LabelRule, TokenRule } from '../rules/rule.ts';
import { classesOf, isPlaceholder, NO_VALUE } from './label-values.ts';

const QUOTE = '["\']?';
/** An argument of a call: quoted, or a name. */
const ARGUMENT = '(?:["\'][^"\'\\n]{0,60}["\']|[\\w.$>-]{1,40})';

/** What stands right before a password as programs, protocols and devices take it. */
const PLACES: readonly string[] = [
  // Options of clients.
  `\\b(?:sqlcmd|bcp|psexec|rdesktop|xfreerdp|mstsc|sqlplus|isql|tsql|impala-shell|vncviewer)\\b[^\\n;|]{0,80}\\s-[pP]\\s${QUOTE}`,
  `\\bsnmp\\w{2,10}\\b[^\\n;|]{0,80}\\s-[AX]\\s${QUOTE}`,
  `\\bssh-keygen\\b[^\\n;|]{0,80}\\s-[NP]\\s${QUOTE}`,
  `\\bcurl\\b[^\\n;|]{0,80}\\s-[a-zA-Z]{0,6}[uU]\\s?${QUOTE}`,
  `\\bhttps?\\s[^\\n;|]{0,40}-a\\s${QUOTE}`,
  `\\bnet use \\S{1,60}(?:\\s\\\\\\\\\\S{1,60})?(?:\\s/user:\\S{1,40})?\\s`,
  '\\bschtasks\\b[^\\n]{0,70}\\s/rp\\s',
  `\\b(?:sqlplus|imp(?:dp)?|exp(?:dp)?|sqlldr|rman|tnsping)\\s(?:-\\w\\s)?(?:userid=)?[\\w$#]{0,30}/?${QUOTE}`,
  '\\w{0,20}passw(?:or)?d\\s["\']',
  '\\w\\.passw(?:or)?d\\s{1,4}',
  `\\s--[\\w-]{8,40}(?:password|passwd|pass|secret|token|access-key|api-key)\\s${QUOTE}`,
  // Protocols.
  '(?:^|\\n|[>:] |\\] )(?:AUTH|auth)\\s(?:[a-z]\\w{0,20}\\s)?["\']?',
  '(?:^|\\n|[>:] )PASS\\s',
  '(?:^|\\n|[:] )\\w{1,8} LOGIN "?[\\w.@-]{1,40}"? "?',
  '\\bnickserv:? identify (?:\\w{1,20} )?',
  '(?:^|\\n|[>:] )/?oper \\S{1,20} ',
  '\\bAUTH (?:PLAIN|XOAUTH2) ',
  '334 UGFzc3dvcmQ6\\r?\\n(?:[CS>]:? )?',
  '(?:\\bSETUSER\\s\\S{1,30}|(?:^|\\n)user\\s\\S{1,30})\\s[^\\n]{0,40}>',
  // Devices.
  '\\bpassword (?:irreversible-)?(?:cipher|simple|hash) ',
  '\\b(?:radius|tacacs\\+?)(?:-server)?\\b[^\\n]{0,50}\\s(?:key|secret|shared-key)(?: (?:\\d|cipher|simple))? ',
  '\\bsnmp[ -][^\\n]{0,30}\\bcommunity (?:(?:read|write|cipher|simple) ){0,2}',
  '\\bplain-text-password(?:-value)? "?',
  `(?:^|\\n)[^"\\n]{0,60}:\\s(?:PSK|EAP|XAUTH)\\s"`,
  '\\bpsk-?secret ',
  // Code.
  `(?:basic_?auth|credentials?|\\.login|\\.auth|\\.authenticate|getConnection|NetworkCredential\\]::new)\\(\\s?${ARGUMENT}\\s?,\\s?["']`,
  `(?:\\bPDO|mysqli?(?:_p?connect)?|Sequelize|PlainAuth|\\boci_connect|pymssql\\.connect|\\bFTP(?:_TLS)?|\\bodbc_connect)\\(\\s?${ARGUMENT}\\s?,\\s?${ARGUMENT}\\s?,\\s?["']`,
  'SECURITY_CREDENTIALS,\\s?["\']',
  // Files.
  '\\{(?:S?SHA\\d{0,3}|S?MD5|CRYPT|PBKDF2[\\w-]{0,10}|ARGON2)\\}',
  '\\binsert into \\w{0,10}users?\\b[^\\n]{0,40}values\\s?\\(\\d{1,6},\\s?["\'][^"\'\\n]{1,30}["\'],\\s?["\']',
  // A name and a password side by side.
  '(?:creds|credentials?|user(?:name)?\\s?/\\s?pass(?:word)?|login|账密|(?:账号|账户|用户名?)(?:和|及|/|、|，)?密码)["\'`]?\\s?[:：=]?\\s{0,2}[\\w.@-]{1,32}\\s?[/,，|]\\s?',
  '(?:账密|(?:账号|账户|用户名?)(?:和|及|/|、|，)?密码)\\s?[:：]\\s{0,2}[\\w.@-]{1,32}\\s{1,2}',
  '\\b(?:admin|root|administrator)\\s/\\s',
  '(?:creds|credentials|账密|user/pass)["\'`]?\\s?[:：=]?\\s{0,2}(?=$)',
  '(?:backup|recovery|rescue)[ -]codes?(?:\\s(?:is|are))?\\s?[:：]?\\s{1,2}',
];

/** Whether a password stands after it by its place. */
const placeBefore = endsWith(new RegExp(`(?:${PLACES.join('|')})$`, 'i'));

/** Words of which one is near every such place. */
const PLACE_WORDS =
  /sqlcmd|bcp |psexec|rdesktop|xfreerdp|sqlplus|snmp|ssh-keygen|curl|http |net use|schtasks|imp |exp |rman|pass |oper |identify|ugfzc3dvcmq6|setuser|user |cipher|simple|radius|tacacs|: psk|: eap|pdo|mysqli|pymssql|ftp|sequelize|plainauth|{ssha|{sha|{crypt|{md5|creds|admin|root |backup|recovery|账号|账密|用户|passw|auth|login|credential|getconnection|pass:/i;

/** After a bare word of a protocol, results of tests and prose stand too. */
const LOOSE_PLACE = /(?:AUTH|PASS|LOGIN)\s(?:\S{1,42}\s)?["']?$/i;
const RESULT =
  /[/\\]|\.[a-z]{2,4}$|^\w{0,30}(?:[Tt]est|[Ss]pec|[Cc]ase)|^\d+(?:\.\d+)?(?:ms|s|%)?$|^[a-z]+(?:-[a-z]+)*-\d{1,2}$|^(?:PLAIN|LOGIN|CRAM-MD5|SCRAM-SHA-\d+|XOAUTH2|SHA\d+|MD5|TLSv?[\d.]*|v?\d[\d.]*)$/;

/** Why a value after such a place is none. */
const refusePlaced = (value: string, before: string): string | undefined => {
  if (!placeBefore.test(before)) return 'no place of a password right before it';
  if (
    /^(?:\/(?:user|delete|persistent)|-|\d{1,3}(?:\.\d{1,3}){3}|https?:|v?\d+(?:\.\d+)*$)|\.(?:json|ya?ml|txt|ini|conf|cfg|xml|csv|md|pem|env|py|[jt]s)$/i.test(
      value,
    )
  )
    return 'an option, an address or a version';
  return LOOSE_PLACE.test(before) && RESULT.test(value) ? 'a result or a mechanism' : undefined;
};

const WIFI_BEFORE = /WIFI:[^\n]{0,80};P:$/i;
const PAIR_BEFORE = /\bu(?:ser)?\s?[:=]\s?\S{1,40}[\s,;/]{1,3}p(?:w|ass)?\s?[:=]$/i;
const SLASH_BEFORE = /(?:xfreerdp|mstsc|wmic|runas|cmdkey)\b[^\n]{0,80}\/p:$/i;

/** Single letters for a password, where what stands before says so. */
export const letterPassword: LabelRule = {
  kind: 'label',
  id: 'secrets.password-letter',
  label: 'PASSWORD',
  finds: 'Passwords after a single letter for them: `WIFI:…;P:…;;`, `u: bob p: …`, `xfreerdp /p:…`.',
  why: 'the letter, and what belongs to it before',
  examples: {
    found: ['WIFI:T:WPA;S:HomeNet;P:h0meNet!pw;;', 'u: bob p: kite33surf', 'xfreerdp /v:host /u:admin /p:rdPw.23'],
    left: ['see p: 12 for more', 'S:HomeNet;P:h0meNet', '/p:8080'],
  },
  labels: [';p', ' p', '/p'],
  bareLabels: [],
  stop: /[\n;]/,
  maxLength: 100,
  enough: /[ \t]{0,2}(?:[^\s"']{1,80}[\s;]|["'\n]|[ \t]{3})/y,
  value: /[ \t]{0,2}(?<value>[^\s;"']{4,80})/y,
  refuse(value, _after, before) {
    if (!WIFI_BEFORE.test(before) && !PAIR_BEFORE.test(before) && !SLASH_BEFORE.test(before))
      return 'no login before it';
    return isPlaceholder(value) || /^[a-z]+$/i.test(value) ? NO_VALUE : undefined;
  },
  partial: () => '',
};

/** Lines of POP3, FTP and IRC before, or the mechanism of SMTP. */
const SESSION_BEFORE =
  /(?:(?:USER |331 |\+OK|NICK )[^\n]{0,60}\r?\n(?:[^\n]{0,40}\r?\n)?(?:[>C]:? ?)?PASS|AUTH PLAIN)$/;

/** Passwords in lines of protocols, where what came before says so. */
export const protocolPassword: LabelRule = {
  kind: 'label',
  id: 'secrets.password-protocol',
  label: 'PASSWORD',
  finds: 'Passwords in lines of POP3, FTP, IRC and SMTP: `USER bob`, `PASS …`.',
  why: 'one word after the command, with a line of the same session before',
  examples: {
    found: ['USER bob\nPASS plumJam\n', 'AUTH PLAIN AGJvYgBwbHVtamFtNg=='],
    left: ['PASS plumJam', 'AUTH PLAIN LOGIN'],
  },
  labels: [],
  bareLabels: ['pass', 'plain'],
  stop: /\n/,
  maxLength: 120,
  enough: /[ \t](?:[^\s]{1,100}\s|\s)|[^ \t]/y,
  value: /[ \t](?<value>\S{4,100})(?=\s|$)/y,
  refuse: (value, _after, before) =>
    !SESSION_BEFORE.test(before) || isPlaceholder(value) || /^(?:LOGIN|CRAM)/.test(value) ? NO_VALUE : undefined,
  partial: () => '',
};

/** A password that answers a question, or follows a possessive. */
export const answeredPassword: LabelRule = {
  kind: 'label',
  id: 'secrets.password-answer',
  label: 'PASSWORD',
  finds: "Passwords after a question for them: `wifi password? guestWifi7`, `the password's …`.",
  why: 'letters with digits or signs right after the question',
  heuristic: true,
  examples: {
    found: ['wifi password? guestWifi7', "the password's kitesurf25 btw"],
    left: ['forgot password? Click here', 'password? 12 characters'],
  },
  labels: [],
  bareLabels: ['password?', "password's", 'passwd?', 'pw?', 'passcode?', 'pwd?'],
  stop: /\n/,
  maxLength: 80,
  enough: /\s{0,2}(?:-{1,2}\s)?[^\s-][!-~]{0,70}[^!-~]/y,
  value: /\s{1,2}(?:-{1,2}\s)?(?<value>[!-~]{6,64}?)(?=[.,;]?(?:$|\s))/y,
  refuse: (value) =>
    isPlaceholder(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value) || /^(?:https?:|v?\d+[a-z.]?)/i.test(value)
      ? NO_VALUE
      : undefined,
  partial: () => '',
};

/** Keys and salts of WordPress. */
const SALTS = ['auth_key', 'secure_auth_key', 'logged_in_key', 'nonce_key'].flatMap((key) => [
  key,
  key.replace('_key', '_salt'),
]);

export const saltKeys: LabelRule = {
  kind: 'label',
  id: 'secrets.key-salt',
  label: 'SECRET',
  finds: "Keys and salts of WordPress: `define('AUTH_KEY', '…')`.",
  why: 'a quoted value of forty characters or more after such a name',
  examples: {
    found: [`define('AUTH_KEY',         '${'k9F3(zDgW4B*YvADf9iub'.repeat(3)}');`],
    left: ["define('AUTH_KEY', 'put your unique phrase here');"],
  },
  labels: [],
  bareLabels: SALTS.flatMap((salt) => [salt, `${salt}'`]),
  stop: /\n/,
  maxLength: 140,
  enough: /["']?(?:[^,"']|,\s{0,16}(?:[^\s"']|["'][^"'\n]{0,100}["']))/y,
  value: /["']?,\s{0,16}["'](?<value>[^"'\n]{30,100})["']/y,
  refuse: (value) => (classesOf(value) >= 3 ? undefined : NO_VALUE),
  partial: () => '',
};

/** `host:5432:database:user:password`. */
export const pgpass: TokenRule = {
  kind: 'token',
  id: 'secrets.password-pgpass',
  label: 'PASSWORD',
  finds: 'Passwords in `.pgpass`: `db:5432:app:app:…`.',
  why: 'a host, a port, a database and a name before it, parted by colons, from the beginning of a line',
  examples: {
    found: ['db.internal:5432:app:app:pgp4ss'],
    left: ['arn:1234:a:b:c1', '12:30:45:10:22'],
  },
  needs: FEATURE.colon | FEATURE.digit,
  minLength: 12,
  pattern: /^[A-Za-z*][\w.*-]{0,60}:(?:\d{4,5}|\*):[\w*-]{1,40}:[\w.*-]{1,40}:(?<value>[^\s:]{4,64})$/g,
  refuse: ({ text, run }) =>
    isPlaceholder(text) || /^(?:arn|urn|sha\d*|registry|https?):/i.test(run) || classesOf(text) < 2
      ? NO_VALUE
      : undefined,
  partial: () => '',
};

/** Passwords where programs, devices and protocols take them. */
export const placedPassword: TokenRule = {
  kind: 'token',
  id: 'secrets.password-place',
  label: 'PASSWORD',
  finds:
    'Passwords where programs, devices and protocols take them: `sqlcmd -U sa -P …`, `password cipher …`, `AUTH …`.',
  why: 'a value of letters with digits or signs right after the words of a program that takes a password there',
  examples: {
    found: [
      'sqlcmd -S db01 -U sa -P Str0ngSa!',
      'local-user admin password cipher Huawei@123',
      'creds: bob / kite29surf',
    ],
    left: ['nmap -P 1-65535 host', 'AUTH failed', 'admin / 42'],
  },
  mention: PLACE_WORDS,
  needs: FEATURE.digit,
  minLength: 5,
  pattern: /(?<![A-Za-z0-9_.$-])(?!-)[A-Za-z0-9!@#$%^&_+=/.:?~-]{5,128}/g,
  refuse({ text, before }) {
    return isPlaceholder(text) || classesOf(text) < 2 ? NO_VALUE : refusePlaced(text, before());
  },
  partial: () => '',
};
