import type { EmailConfig } from '../../../core/config/schema.ts';

/** E-mail that can be sent: everything that a mail server wants to know. */
export type Mail = EmailConfig & { readonly smarthost: string; readonly from: string };

/** The e-mail that a configuration asks for; undefined where nobody gets one or no server takes it. */
export const mailOf = (email: EmailConfig): Mail | undefined => {
  const { smarthost, from = email.to[0] } = email;
  const isWanted = smarthost !== undefined && from !== undefined && email.to.length > 0;
  return isWanted ? { ...email, smarthost, from } : undefined;
};

/** The global settings of Alertmanager about the mail server. */
export const mailServer = ({ smarthost, from, username, passwordFile, requireTls }: Mail) => ({
  smtp_smarthost: smarthost,
  smtp_from: from,
  smtp_require_tls: requireTls,
  ...(username === undefined ? {} : { smtp_auth_username: username }),
  ...(passwordFile === undefined ? {} : { smtp_auth_password_file: passwordFile }),
});

/** One message to each: a list in one `to` would fail for all when the server refuses one of them. */
export const emailConfigs = ({ to, ca }: Mail) =>
  to.map((address) => ({
    to: address,
    send_resolved: true,
    headers: { Subject: '{{ template "clawdbot.subject" . }}' },
    html: '{{ template "clawdbot.html" . }}',
    text: '{{ template "clawdbot.text" . }}',
    ...(ca === undefined ? {} : { tls_config: { ca_file: ca } }),
  }));
