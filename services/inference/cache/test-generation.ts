import type { GenerationRequest } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { Generate } from './shared-generation.ts';

export const REQUEST: GenerationRequest = {
  input: { kind: 'chat', messages: [{ role: 'user', content: 'hello you' }] },
  maxTokens: 10,
  temperature: 0,
  topP: 1,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
  tenant: 'tenant-a',
};

export const ACCEPTED = { type: 'accepted', model: 'm', promptTokens: 3 } as const satisfies GenerationEvent;
export const FINISHED = {
  type: 'finished',
  reason: 'stop',
  usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 1 },
  timings: { queueMs: 5, prefillMs: 6, decodeMs: 7 },
} as const satisfies GenerationEvent;
export const text = (content: string): GenerationEvent => ({ type: 'text', text: content, tokens: 1 });
export const ANSWER: readonly GenerationEvent[] = [ACCEPTED, text('he'), text('llo'), FINISHED];

/** One generation asked for by the code under test, whose events the test pushes. */
export interface Asked {
  readonly request: GenerationRequest;
  readonly signal: AbortSignal;
  push(...events: readonly GenerationEvent[]): void;
  fail(error: unknown): void;
}

/** A route whose generations say only what a test lets them say; a cancelled one throws, as a real one does. */
export const manualRoute = (): { readonly generate: Generate; readonly asked: readonly Asked[] } => {
  const asked: Asked[] = [];
  const generate: Generate = (request, signal) => ({
    async *[Symbol.asyncIterator]() {
      const events: GenerationEvent[] = [];
      let failure: { readonly error: unknown } | undefined;
      let wake = (): void => undefined;
      asked.push({
        request,
        signal,
        push(...more) {
          events.push(...more);
          wake();
        },
        fail(error) {
          failure = { error };
          wake();
        },
      });
      signal.addEventListener('abort', () => wake());
      for (;;) {
        signal.throwIfAborted();
        const event = events.shift();
        if (event !== undefined) {
          yield event;
          if (event.type === 'finished') return;
        } else if (failure !== undefined) throw failure.error;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  });
  return { generate, asked };
};

/** Lets everything happen that only waits for its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads to the end. */
export const collect = async (events: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> => {
  const seen: GenerationEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};

/** The whole text of some events. */
export const textOf = (events: readonly GenerationEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');
