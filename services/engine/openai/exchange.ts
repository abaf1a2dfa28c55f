import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationSink } from '../engine.ts';
import type { FinishReason, TokenDetails, Usage } from '../protocol/generation.ts';
import type { UpstreamAnswer, UpstreamClient } from './client.ts';
import { createDeltaReader, type Delta } from './deltas.ts';
import { failureFromConnection } from './failures.ts';
import type { UpstreamCall } from './request-body.ts';
import type { Wait } from './silence.ts';

interface ExchangeOptions {
  readonly client: UpstreamClient;
  readonly call: UpstreamCall;
  readonly wait: Wait;
  readonly sink: GenerationSink;
  /** Where an answer without `maxTokens` ends; counted here, because an upstream may refuse so many. */
  readonly outputCap: number | undefined;
  readonly turn: () => void;
}

/** One generation at the upstream, from request to last byte; never rejects. */
export const runExchange = async ({ client, call, wait, sink, outputCap, turn }: ExchangeOptions): Promise<void> => {
  const answer = collectAnswer(sink, outputCap, () => wait.abort());
  try {
    const { headers, body } = await client.post(call, wait.signal);
    requireStream(headers['content-type'], body);
    wait.touch();
    sink.accepted(null);
    const read = createDeltaReader(answer.take);
    for await (const bytes of body) {
      wait.touch();
      read(bytes);
      turn();
    }
    answer.end();
  } catch (error) {
    // Cut short on purpose, with the end reported already: the abort comes back as an error here.
    if (answer.isOver()) return;
    const reason: unknown = wait.signal.aborted ? wait.signal.reason : error;
    sink.failed(failureFromConnection(reason, 'stream'));
  } finally {
    wait.end();
  }
};

const requireStream = (contentType: unknown, body: UpstreamAnswer['body']): void => {
  if (String(contentType).startsWith('text/event-stream')) return;
  body.destroy();
  throw new ServiceError(
    'ERR_ENGINE_FAILED',
    'upstream: expected text/event-stream, got another content type; check baseUrl',
  );
};

/** Adds up what arrives; reports the end once, whichever way it comes. */
const collectAnswer = (sink: GenerationSink, outputCap: number | undefined, cut: () => void) => {
  let reason: FinishReason | undefined;
  let usage: Partial<Usage> | undefined;
  let tokens = 0;
  let isDone = false;
  let isOver = false;

  const finish = (): void => {
    isOver = true;
    sink.finished(reason ?? 'stop', usage ?? { estimated: true });
  };

  const write = (text: string, details?: TokenDetails): void => {
    // One piece counts as one token, unless the upstream lists the tokens in it.
    const count = details?.logprobs?.length ?? 1;
    tokens += count;
    const isWanted = sink.tokens(text, count, details);
    const isFull = outputCap !== undefined && tokens >= outputCap;
    if (isWanted && !isFull) return;
    isOver = true;
    if (isWanted) sink.finished('length', { estimated: true });
    cut();
  };

  return {
    take(delta: Delta): void {
      if (isOver) return;
      if (delta.type === 'text') write(delta.text, delta.details);
      else if (delta.type === 'reason') reason = delta.reason;
      else if (delta.type === 'usage') usage = delta.usage;
      else isDone = true;
      if (isDone) finish();
    },
    /** The stream is over; without a word about the end something broke. */
    end(): void {
      if (isOver) return;
      if (reason !== undefined) return finish();
      throw new ServiceError('ERR_ENGINE_FAILED', 'upstream ended its answer in the middle', { retryAfterSeconds: 1 });
    },
    isOver: () => isOver,
  };
};
