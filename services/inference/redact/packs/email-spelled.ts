import { emailLength } from '../checks/email.ts';
import type { LabelRule } from '../rules/rule.ts';

const OPEN = '\\s?[([{<]\\s?';
const CLOSE = '\\s?[)\\]}>]\\s?';
const AT = `(?:${OPEN}at${CLOSE}|\\sat\\s)`;
const DOT = `(?:${OPEN}dot${CLOSE}|\\sdot\\s|\\.)`;
const WRITTEN_AT = new RegExp(AT, 'i');
const WRITTEN_DOT = new RegExp(DOT, 'gi');

/** E-mail addresses that are written to be read by people alone: only the word before them gives them away. */
export const emailSpelled: LabelRule = {
  kind: 'label',
  id: 'global.email-spelled',
  label: 'EMAIL',
  finds: 'E-mail addresses with a spelled-out @ after a word for them: `mail: bob [at] example [dot] com`.',
  why: 'a name, a word for @ and a domain under a top-level domain that exists, after a word for e-mail',
  examples: {
    found: ['email: bob at example dot com', 'mail bob.smith[at]example[dot]org'],
    left: ['email: look at example.com', 'mail arrived (at) noon', 'e-mail: bob at the desk'],
  },
  labels: ['email', 'e-mail', 'mail', 'email address', 'contact', '邮箱', '邮件', '邮箱地址'],
  bareLabels: ['email', 'e-mail', 'mail', '邮箱'],
  stop: /[\n,;，。；]/,
  maxLength: 120,
  enough:
    /[\s"'`:：]{0,4}(?:[^A-Za-z0-9\s"'`:：]|[\w.+-]{1,48}(?:[^\w\s.+([{<-]|\s[^a([{<]|\sa[^t]|\sat[^\s]|[([{<]\s?[^a\s]))/iy,
  value: new RegExp(
    `[\\s"'\`:：]{0,4}(?<value>[A-Za-z0-9][\\w.+-]{0,47}${AT}[A-Za-z0-9][A-Za-z0-9-]{1,39}(?:${DOT}[A-Za-z0-9-]{2,40}){1,4})`,
    'iy',
  ),
  refuse(value) {
    if (!/\bdot\b/i.test(value) && /\sat\s/i.test(value)) return 'a place in a sentence';
    const address = value.replace(WRITTEN_AT, '@').replaceAll(WRITTEN_DOT, '.');
    return emailLength(address) === address.length ? undefined : 'no top-level domain has this name';
  },
  partial: () => '',
};
