import type { LabelRule } from '../rules/rule.ts';

const KEY_BEGINS = /(?:private-lines:|-{4} BEGIN [A-Z0-9 ]{0,40}PRIVATE|-{5}BEGIN OpenVPN)$/i;

/** Private keys whose armour is not that of PEM: the line before the body is their label. */
export const privateKeyLines: LabelRule = {
  kind: 'label',
  id: 'secrets.private-key-lines',
  label: 'PRIVATE_KEY',
  finds: 'The private part of PuTTY keys, and private keys as SSH2 writes them (RFC 4716).',
  why: 'base64 after the line that begins the private part',
  isProven: true,
  examples: {
    found: [
      'Private-Lines: 1\nAAAAIKqGbE8mZ0uQy1vY5nB3xW7Lr2cJ\nPrivate-MAC: 0',
      '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAgIAAAAmZGwtbW9kcHtzaWdu\n---- END SSH2 ENCRYPTED PRIVATE KEY ----',
    ],
    left: [
      'Private-Lines: 14',
      'Accepted publickey for bob from host port 51122 ssh2',
      '---- BEGIN SSH2 PUBLIC KEY ----',
    ],
  },
  labels: ['private-lines'],
  bareLabels: ['private', 'openvpn'],
  stop: /\nPrivate-M|-{4} END/,
  maxLength: 600,
  enough:
    /[ :]{0,2}(?:[^ :KS\d]|S(?:[^t]|t[^a]|ta[^t])|K[^E]|KE[^Y]|KEY(?: ?[^ -])|\d{1,3}(?:[^\d\s]|\s{1,2}[^\sA-Za-z0-9+/]))/y,
  value:
    /(?: ?\d{1,3}\s{1,2}| (?:Static )?(?:KEY|key)(?: V1)? ?-{4,5}\s{1,2}(?:[A-Za-z-]{3,20}: [^\n]{0,100}\n){0,4})(?<value>[A-Za-z0-9+/][A-Za-z0-9+/=]{15,600}(?:\r?\n[A-Za-z0-9+/=]{24,}|\r?\n[A-Za-z0-9+/=]{1,80}(?=\r?\n(?:Private-M|-{4}|$)))*(?:\r?\n?[A-Za-z0-9+/=]*$)?)/y,
  refuse: (_value, _after, before) => (KEY_BEGINS.test(before) ? undefined : 'no beginning of a private key before it'),
  partial: () => '',
  runsOn: /[A-Za-z0-9+/=\r\n]/,
};
