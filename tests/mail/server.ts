import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type MailMessage, readMessage } from './message.ts';

export interface MailServer {
  /** `127.0.0.1:port`. */
  readonly smarthost: string;
  /** What was taken, in the order of its arrival. */
  readonly messages: readonly MailMessage[];
  /** Log-ins that were refused. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

interface Options {
  /** Offers STARTTLS with this certificate; without one no TLS at all. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Who may send; without one everybody may. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Answers each message with this instead of taking it, while it says anything. */
  readonly refusal?: () => string | undefined;
  /** Sends whoever connects away, while it is true. */
  readonly isDown?: () => boolean;
}

/** An error with the code that its text begins with; the library says 450 of any other. */
const refusalOf = (text: string): Error => {
  const [, code, reason] = /^(\d{3}) (.*)$/.exec(text) ?? [];
  return code === undefined ? new Error(text) : Object.assign(new Error(reason), { responseCode: Number(code) });
};

/** A real mail server on the loopback that keeps what it is given. */
export const startMailServer = async (options: Options = {}): Promise<MailServer> => {
  const { tls, login, refusal = () => undefined, isDown = () => false } = options;
  const messages: MailMessage[] = [];
  const refused: string[] = [];
  const onAuth: SMTPServerOptions['onAuth'] = ({ username = '', password }, _session, answer) => {
    if (username === login?.user && password === login.password) return answer(null, { user: username });
    refused.push(username);
    answer(new Error('535 5.7.8 wrong user name or password'));
  };
  const server = new SMTPServer({
    ...{ logger: false, onAuth, authOptional: login === undefined },
    ...(tls === undefined
      ? { disabledCommands: ['STARTTLS'] }
      : { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }),
    onConnect(_session, answer) {
      answer(isDown() ? refusalOf('421 4.3.2 no service now') : undefined);
    },
    onData(stream, { envelope, user, secure }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const no = refusal();
        if (no !== undefined) return done(refusalOf(no));
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        messages.push(readMessage(Buffer.concat(chunks), { from, to, user, wasEncrypted: secure }));
        done();
      });
    },
  });
  // Of one connection, such as a client that did not like the certificate.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo; // of a server that listens on a port
  return {
    ...{ smarthost: `127.0.0.1:${port}`, messages, refused },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
