import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { EmailConfig } from '../../../core/config/schema.ts';
import { EMAIL, smarthostTarget } from '../../../core/egress/implied.ts';
import type { WayOut } from '../../../core/egress/way-out.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Mail, Outcome } from '../action.ts';

interface Deps {
  readonly config: EmailConfig;
  readonly out: Pick<WayOut, 'connect'>;
}

const TIMEOUT_MS = 20_000;
const TLS_FROM_THE_FIRST_BYTE = 465;
/** What the sender of a letter that was repeated is known by: the same words for the same letter. */
const ID_DOMAIN = 'actions.clawdbot.invalid';

/** Whether letters can be sent at all. */
export const canSend = ({ smarthost, to }: EmailConfig): boolean => smarthost !== undefined && to.length > 0;

/** Sends one letter to everybody in `email.to`, over a connection of its own; never rejects. */
export const createSender =
  ({ config, out }: Deps) =>
  async ({ key, subject, text }: Mail, signal: AbortSignal): Promise<Outcome> => {
    const { smarthost, to, from = to[0] } = config;
    if (smarthost === undefined || from === undefined) {
      return { outcome: 'failed', reason: 'no e-mail is configured: email.smarthost and email.to' };
    }
    try {
      const transport = await openTransport(config, smarthost, out);
      const close = (): void => transport.close();
      signal.addEventListener('abort', close, { once: true });
      try {
        const messageId = `<${key}@${ID_DOMAIN}>`;
        const headers = { 'Auto-Submitted': 'auto-generated' };
        const sent = await transport.sendMail({ from, to: [...to], subject, text, messageId, headers });
        return outcomeOf(sent.accepted.length, sent.rejected.length);
      } finally {
        signal.removeEventListener('abort', close);
        transport.close();
      }
    } catch (error) {
      return failureOf(error, smarthost);
    }
  };

const openTransport = async (config: EmailConfig, smarthost: string, out: Deps['out']) => {
  const target = smarthostTarget(smarthost);
  const { username, passwordFile, ca, requireTls } = config;
  const pass = passwordFile === undefined ? '' : (await readFile(passwordFile, 'utf8')).trim();
  return createTransport({
    ...target,
    secure: target.port === TLS_FROM_THE_FIRST_BYTE,
    requireTLS: requireTls,
    ...(username === undefined ? {} : { auth: { user: username, pass } }),
    tls: {
      minVersion: 'TLSv1.2',
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
      ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }),
    },
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    // It opens no connection by itself: the way out checks where this one leads, and takes note of it.
    getSocket: (_options, callback) => {
      out.connect({ ...EMAIL, connectTimeoutMs: TIMEOUT_MS }, target).then(
        (connection) => callback(null, { connection }),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
};

const outcomeOf = (accepted: number, rejected: number): Outcome => {
  const details = { recipients: accepted, ...(rejected === 0 ? {} : { refused: rejected }) };
  const reason =
    rejected === 0 ? `mailed to ${accepted}` : `mailed to ${accepted}; the mail server refused ${rejected}`;
  return { outcome: 'done', reason, details };
};

/** What the operator must mend fails at once; what may pass is tried again. Replies are not quoted: they name people. */
const failureOf = (error: unknown, smarthost: string): Outcome => {
  if (error instanceof ServiceError) return { outcome: 'failed', reason: `${smarthost}: ${error.message}` };
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message?: string };
  const details = {
    ...(code === undefined ? {} : { code }),
    ...(responseCode === undefined ? {} : { reply: responseCode }),
  };
  const isFinal = responseCode !== undefined && responseCode >= 500;
  const because =
    REASONS[code ?? ''] ?? (responseCode === undefined ? (message ?? 'failed') : `it answered ${responseCode}`);
  return {
    outcome: isFinal || FINAL.has(code ?? '') ? 'failed' : 'retry',
    reason: `${smarthost}: ${because}`,
    details,
  };
};

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refused user name or password (email.username, email.passwordFile)',
  EENVELOPE: 'the mail server refused the sender or every recipient (email.from, email.to)',
  ETLS: 'no TLS with the mail server (email.requireTls, email.ca)',
  ENOENT: 'email.passwordFile or email.ca cannot be read',
  ETIMEDOUT: 'the mail server does not answer in time',
  ECONNREFUSED: 'no mail server listens there',
};
/** Trying again changes nothing. */
const FINAL: ReadonlySet<string> = new Set(['EAUTH', 'ENOENT', 'EACCES']);
