import { createParser } from 'eventsource-parser';
import type { RunningService } from '../local/running-service.ts';
import { printable } from '../narration/printable.ts';

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

interface Stats {
  readonly firstTokenMs: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

/** The parts of a `chat.completion.chunk` (or error event) a terminal shows. */
interface Chunk {
  readonly model?: string;
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly usage?: { readonly completion_tokens: number } | null;
  readonly error?: { readonly message: string };
}

/** One conversation; keeps its history until it is reset. */
export const createChat = (service: Pick<RunningService, 'send'>, wanted: string | undefined) => {
  let model = wanted;
  let history: Message[] = [];
  let last: Stats | undefined;

  const say = async (text: string, signal: AbortSignal, write: (piece: string) => void): Promise<void> => {
    const messages = [...history, { role: 'user' as const, content: text }];
    const startedAt = performance.now();
    let firstAt: number | undefined;
    let answer = '';
    let tokens = 0;
    const see = (chunk: Chunk) => {
      if (chunk.error) write(`\n[${chunk.error.message}]`);
      const piece = chunk.choices?.[0]?.delta?.content ?? '';
      if (piece !== '') firstAt ??= performance.now();
      answer += piece;
      if (piece !== '') write(printable(piece));
      tokens = chunk.usage?.completion_tokens ?? tokens;
    };
    try {
      const body = {
        ...(model === undefined ? {} : { model }),
        messages,
        stream: true,
        stream_options: { include_usage: true },
      };
      await readStream(await service.send('POST', '/v1/chat/completions', body, signal), see);
    } catch (error) {
      if (!signal.aborted) write(`\n[${error instanceof Error ? error.message : String(error)}]`);
    }
    if (answer !== '') history = [...messages, { role: 'assistant', content: answer }];
    if (firstAt !== undefined) last = statsOf(startedAt, firstAt, performance.now(), tokens);
  };

  return {
    say,
    model: () => model,
    stats: (): string =>
      last === undefined
        ? 'no answer yet'
        : `first token after ${last.firstTokenMs.toFixed(0)} ms, ${last.tokens === 0 ? 'stopped before the count came' : `${last.tokens} tokens at ${last.tokensPerSecond.toFixed(1)} tokens/s`}`,
    reset(): string {
      history = [];
      return 'forgotten';
    },
    async choose(id: string | undefined): Promise<string> {
      const answer = await service.send('GET', '/v1/models');
      const list = (await answer.body.json()) as { data?: readonly { id: string }[] }; // the service's own document
      const ids = (list.data ?? []).map((entry) => entry.id);
      if (id !== undefined && !ids.includes(id)) return `no model ${id}; there are: ${ids.join(', ')}`;
      model = id ?? model;
      return ids.map((known) => `${known === (model ?? ids[0]) ? '*' : ' '} ${known}`).join('\n');
    },
  };
};

const statsOf = (startedAt: number, firstAt: number, endedAt: number, tokens: number): Stats => ({
  firstTokenMs: firstAt - startedAt,
  tokens,
  tokensPerSecond: tokens > 1 ? ((tokens - 1) * 1000) / Math.max(1, endedAt - firstAt) : 0,
});

type Answer = Awaited<ReturnType<RunningService['send']>>;

const readStream = async (answer: Answer, see: (chunk: Chunk) => void): Promise<void> => {
  if (answer.statusCode !== 200) {
    const { error } = (await answer.body.json()) as Chunk; // an error body of our own API
    throw new Error(error?.message ?? `the service answered ${answer.statusCode}`);
  }
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== '[DONE]') see(JSON.parse(data) as Chunk); // ends with the request when it is not JSON
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer.body) parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
};
