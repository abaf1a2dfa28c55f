import { createParser } from 'eventsource-parser';
import { Agent, request } from 'undici';

export interface StreamEvent {
  readonly event: string | undefined;
  readonly data: string;
}

export interface StreamedAnswer {
  readonly status: number;
  readonly events: readonly StreamEvent[];
  /** The body of an answer that is not a stream. */
  readonly text: string;
  /** Comment lines, such as keep-alives. */
  readonly comments: number;
}

/** A client with as many connections as it needs; `close` ends them. */
export const createStreamClient = (url: string, ca: string, token: string) => {
  const agent = new Agent({ connect: { ca }, allowH2: false, connections: null, headersTimeout: 0, bodyTimeout: 0 });
  return {
    async stream(
      path: string,
      body: unknown,
      options: { signal?: AbortSignal; onEvent?: (event: StreamEvent) => void } = {},
    ): Promise<StreamedAnswer> {
      const answer = await request(new URL(path, url), {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const isStream = String(answer.headers['content-type']).startsWith('text/event-stream');
      if (!isStream) return { status: answer.statusCode, events: [], comments: 0, text: await answer.body.text() };
      const events: StreamEvent[] = [];
      let comments = 0;
      const parser = createParser({
        onEvent: ({ event, data }) => {
          events.push({ event, data });
          options.onEvent?.({ event, data });
        },
        onComment: () => {
          comments += 1;
        },
      });
      const decoder = new TextDecoder('utf-8', { fatal: true });
      for await (const chunk of answer.body) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
      return { status: answer.statusCode, events, comments, text: '' };
    },
    close: () => agent.destroy(),
  };
};

/** Five minutes at least: on a machine that does ten things at once what takes a second may take a hundred. */
const ATTEMPTS = 6000;

/** Polls until the condition holds; fails with what it last saw. */
export const until = async <T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  attempts = ATTEMPTS,
): Promise<T> => {
  let value = await read();
  for (let attempt = 0; attempt < attempts && !holds(value); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await read();
  }
  if (!holds(value)) throw new Error(`the condition never held; last seen: ${JSON.stringify(value)?.slice(0, 2000)}`);
  return value;
};

/** The value of one series of a Prometheus text page; undefined when the series is not there. */
export const sample = (page: string, series: string): number | undefined => {
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
