import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as a provider sees it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds since 1970, by the clock of the provider. */
  readonly now: number;
}

/** What a provider took on. */
export interface Taken {
  /** A number, or the room. */
  readonly to: string;
  readonly text: string;
}

/** What a provider answers; `taken` where it accepted a message. */
export interface Told {
  readonly status: number;
  readonly body: unknown;
  readonly taken?: Taken;
}

/** How a provider fails: before or after it took the message. */
export type Fault =
  | 'hang'
  | 'reset'
  | 'error500'
  | 'unavailable'
  | 'takenThenHang'
  | 'takenThenReset'
  | 'garbage'
  | 'limited';

/** What one kind of provider does with a request; `limited` is its own way to say that there were too many. */
export interface ProviderKind {
  answer(asked: Asked): Told;
  limited(asked: Asked): Told;
}

export interface Provider {
  /** What `baseUrl` or `url` of a notifier points to. */
  readonly baseUrl: string;
  /** Messages that were taken, in order: what a person's phone would show. */
  readonly taken: readonly Taken[];
  /** Requests that came, also those refused. */
  readonly asked: readonly Asked[];
  /** Faults of the next requests, in order; afterwards all is well again. */
  fail(...faults: readonly Fault[]): void;
  /** A fault of every request from now on; undefined: none. */
  failAlways(fault: Fault | undefined): void;
  close(): Promise<void>;
}

interface Options {
  readonly kind: ProviderKind;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly now?: () => number;
  /** 0: any free one. */
  readonly port?: number;
}

/** A provider on the loopback interface that checks what the real one checks. */
export const startProvider = async ({ kind, tls, now = Date.now, port = 0 }: Options): Promise<Provider> => {
  const taken: Taken[] = [];
  const asked: Asked[] = [];
  const faults: Fault[] = [];
  let always: Fault | undefined;

  const say = (response: ServerResponse, { status, body, taken: message }: Told): void => {
    if (message !== undefined) taken.push(message);
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', 'http://provider');
    const one = { method, url, headers, body: await text(request), now: now() };
    asked.push(one);
    const fault = faults.shift() ?? always;
    if (fault === 'takenThenHang' || fault === 'takenThenReset') {
      const { taken: message } = kind.answer(one);
      if (message !== undefined) taken.push(message);
    }
    if (fault === 'hang' || fault === 'takenThenHang') return;
    if (fault === 'reset' || fault === 'takenThenReset') return void request.socket.destroy();
    if (fault === 'error500') return say(response, { status: 500, body: 'Internal Server Error' });
    if (fault === 'unavailable') return say(response, { status: 503, body: 'Service Unavailable' });
    if (fault === 'garbage') return say(response, { status: 200, body: '<html>Welcome to the hotel network</html>' });
    say(response, fault === 'limited' ? kind.limited(one) : kind.answer(one));
  };
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch((error: unknown) => {
      say(response, { status: 500, body: `the fake failed: ${error}` });
    });
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // Safe: a server that listens on TCP has an address of this form.
  const { port: given } = server.address() as AddressInfo;
  return {
    baseUrl: tls === undefined ? `http://127.0.0.1:${given}` : `https://localhost:${given}`,
    taken,
    asked,
    fail: (...next) => void faults.push(...next),
    failAlways: (fault) => {
      always = fault;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Does one recipient get more than so many within a minute? Counts as it is asked. */
export const createMinuteLimit = (perMinute: number) => {
  const moments = new Map<string, number[]>();
  return (to: string, now: number): boolean => {
    const recent = (moments.get(to) ?? []).filter((at) => now - at < 60_000);
    const isOver = recent.length >= perMinute;
    moments.set(to, isOver ? recent : [...recent, now]);
    return isOver;
  };
};
