import { z } from 'zod';
import { name, path, setting } from './setting.ts';

const mailbox = z
  .string()
  .regex(/^[^\s@<>,;:"\\]{1,64}@[^\s@<>,;:"\\]{1,255}$/)
  .meta({ expected: 'an e-mail address such as ops@example.org, without a name beside it' });
const smarthost = z
  .string()
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):[1-9][0-9]{0,4}$/)
  .meta({ expected: 'a mail server as host:port, such as mail.example.org:587' });

/** The mail server that alerts and the actions about them are sent through. */
export const email = z.strictObject({
  to: setting(z.array(mailbox).default([]), 'Who gets the e-mail; empty: nobody, e-mail is off.'),
  from: setting(mailbox.optional(), 'Who it comes from. Default: the first of `to`.'),
  smarthost: setting(
    smarthost.optional(),
    'Mail server as host:port; TLS from the first byte on port 465, STARTTLS on any other. Default: none, e-mail is off.',
  ),
  username: setting(name.or(mailbox).optional(), 'User name there; needs `passwordFile`.'),
  passwordFile: setting(path.optional(), 'File with the password there.'),
  requireTls: setting(z.boolean().default(true), 'Whether a server without TLS gets nothing.'),
  ca: setting(path.optional(), 'PEM file of the authority of its certificate. Default: those of the system.'),
  language: setting(z.enum(['en', 'zh']).default('en'), 'Language of the e-mail: English or Chinese.'),
});
