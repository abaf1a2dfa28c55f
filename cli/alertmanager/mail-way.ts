import { type Mail, mailOf } from '../../alerting/alertmanager/mail/mail.ts';
import type { Config } from '../../core/config/schema.ts';
import { EMAIL, egressRows, smarthostTarget } from '../../core/egress/implied.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { printTarget } from '../../core/egress/policy.ts';
import { createWayOut } from '../../core/egress/way-out.ts';

/** The e-mail that may be sent, or why there is none. */
export type MailWay = { readonly mail: Mail; readonly why?: never } | { readonly mail?: never; readonly why: string };

const ERRAND = { ...EMAIL, program: 'alertmanager' } as const;

/** Alertmanager opens its own connections, so the way out is judged, and noted, before it is told of the mail server. */
export const mailWay = (
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  note: (note: EgressNote) => void,
): MailWay => {
  const mail = mailOf(config.email);
  if (mail === undefined) return { why: 'e-mail is off; email.to and email.smarthost turn it on' };
  const out = createWayOut({ rows: egressRows(config, env), note });
  const target = smarthostTarget(mail.smarthost);
  const refusal = out.refusal(ERRAND, target);
  if (refusal !== undefined) return { why: `e-mail is off: ${refusal}` };
  out.noteProgram(ERRAND, printTarget(target));
  return { mail };
};
