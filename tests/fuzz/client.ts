import { Agent } from 'undici';
import type { Received } from '../contract/api/http-clients.ts';
import type { TestGateway } from '../gateway.ts';
import type { Plan } from './plan.ts';

/** No answer for so long is a hang, on any machine. */
export const HANG_MS = 120_000;

type Asked = Pick<Plan, 'method' | 'path' | 'headers' | 'body'>;

export interface FuzzClient {
  /** The answer, or what became of the connection. `leaveAfter`: hangs up after so many pieces of the answer. */
  send(asked: Asked, leaveAfter?: number): Promise<Received | { readonly broken: string }>;
  /** So many were sent. */
  readonly sent: number;
  close(): Promise<void>;
}

/** HTTP/1.1 on kept connections; failures are results, because they are what is looked for. */
export const createClient = ({ url, ca }: TestGateway, connections: number): FuzzClient => {
  const agent = new Agent({
    allowH2: false,
    connections,
    connect: { ca },
    headersTimeout: HANG_MS,
    bodyTimeout: HANG_MS,
  });
  let sent = 0;
  const exchange = async ({ method, path, headers, body }: Asked, leaveAfter: number): Promise<Received> => {
    const leave = new AbortController();
    const answer = await agent.request({
      // Not as one URL, which would take dot segments out.
      origin: url,
      path,
      // Safe: the client refuses what is no token, and that refusal is caught.
      method: method as 'GET',
      headers: { ...headers },
      signal: leave.signal,
      ...(body === undefined ? {} : { body }),
    });
    let text = '';
    let pieces = 0;
    answer.body.setEncoding('utf8');
    for await (const piece of answer.body) {
      text += piece;
      pieces += 1;
      if (pieces === leaveAfter) leave.abort();
    }
    return { status: answer.statusCode, headers: answer.headers, text };
  };
  return {
    get sent() {
      return sent;
    },
    async send(asked, leaveAfter = Number.POSITIVE_INFINITY) {
      sent += 1;
      try {
        return await exchange(asked, leaveAfter);
      } catch (error) {
        return { broken: wordsFor(error) };
      }
    },
    close: () => agent.destroy(),
  };
};

const wordsFor = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'AbortError') return 'left';
  return 'code' in error ? String(error.code) : error.message;
};
