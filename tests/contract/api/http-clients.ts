import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { Agent, request } from 'undici';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Told all the text so far whenever more of it arrives. */
  readonly onText?: ((text: string) => void) | undefined;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly text: string;
}

/** A client that speaks exactly one version of HTTP and verifies certificates. */
export interface HttpClient {
  send(sent: Sent): Promise<Received>;
  close(): Promise<void>;
}

/** HTTP/1.1. */
export const http1Client = (url: string, ca: string): HttpClient => {
  const agent = new Agent({ allowH2: false, connect: { ca } });
  return {
    async send({ method, path, headers, body, onText }) {
      const answer = await request(`${url}${path}`, {
        // Safe: the tests send methods that exist.
        method: method as 'GET',
        dispatcher: agent,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
      });
      let text = '';
      answer.body.setEncoding('utf8');
      for await (const piece of answer.body) {
        text += piece;
        onText?.(text);
      }
      return { status: answer.statusCode, headers: answer.headers, text };
    },
    close: () => agent.destroy(),
  };
};

/** HTTP/2, without the chance of falling back to HTTP/1.1. */
export const http2Client = async (url: string, ca: string): Promise<HttpClient> => {
  const session = connect(url, { ca, ALPNProtocols: ['h2'] });
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve());
    session.once('error', reject);
  });
  return {
    send: (sent) => exchange(session, sent),
    close: () => new Promise((resolve) => session.close(() => resolve())),
  };
};

const exchange = (session: ClientHttp2Session, { method, path, headers, body, onText }: Sent): Promise<Received> =>
  new Promise((resolve, reject) => {
    const stream = session.request({ ...headers, ':method': method, ':path': path });
    let received: IncomingHttpHeaders & { ':status'?: number | undefined } = {};
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (answer) => {
      received = answer;
    });
    stream.on('data', (chunk) => {
      text += chunk;
      onText?.(text);
    });
    stream.on('error', reject);
    stream.on('close', () => resolve({ status: received[':status'] ?? 0, headers: received, text }));
    stream.end(body);
  });
