import { Agent, fetch as undiciFetch } from 'undici';
import type { FinishReason, TokenLogprob, Usage } from '../../../engine/protocol/generation.ts';
import type { GenerationCall, GenerationEvent } from '../../call.ts';
import { TEST_CREDENTIAL } from '../test-server.ts';
import { startTestService, type TestService } from './test-service.ts';

/** The routes on a scripted rest, and what the official client needs to find them. */
export interface TestTarget {
  readonly service: TestService;
  readonly clientOptions: {
    readonly baseURL: string;
    readonly apiKey: string;
    readonly fetch: typeof fetch;
    readonly maxRetries: 0;
  };
  /** Answers every request to come with these events. */
  play(...events: readonly GenerationEvent[]): void;
  /** What the stages were asked for last. */
  readonly lastCall: () => GenerationCall | undefined;
  stop(): Promise<void>;
}

/** Starts the service, and a fetch that trusts it. */
export const startTestTarget = async (): Promise<TestTarget> => {
  const service = await startTestService({ maxOutputTokens: 100 });
  const dispatcher = new Agent({ connect: { ca: service.ca } });
  // Safe: the client calls fetch with what this fetch, the one Node's own is made of, understands.
  const trusting = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  return {
    service,
    clientOptions: { baseURL: `${service.url}/v1`, apiKey: TEST_CREDENTIAL, fetch: trusting, maxRetries: 0 },
    play(...events) {
      service.script(async function* () {
        yield* events;
      });
    },
    lastCall: () => service.calls.at(-1),
    async stop() {
      await dispatcher.destroy();
      await service.stop();
    },
  };
};

/** The first event of an answer. */
export const accepted = (more: Partial<GenerationEvent & { type: 'accepted' }> = {}): GenerationEvent => ({
  type: 'accepted',
  model: 'tiny',
  promptTokens: 7,
  ...more,
});

/** The last event of an answer. */
export const finished = (reason: FinishReason = 'stop', usage: Partial<Usage> = {}): GenerationEvent => ({
  type: 'finished',
  reason,
  usage: { promptTokens: 7, completionTokens: 3, cachedTokens: 2, ...usage },
  timings: { queueMs: 0, prefillMs: 1, decodeMs: 2 },
});

/** A piece of text. */
export const text = (piece: string, more: Partial<GenerationEvent & { type: 'text' }> = {}): GenerationEvent => ({
  type: 'text',
  text: piece,
  tokens: 1,
  ...more,
});

/** A call of `weather` in three pieces, as an engine writes it. */
export const weatherCall = (index = 0): readonly GenerationEvent[] => [
  { type: 'toolCalls', calls: [{ index, id: `call_${index}`, name: 'weather', arguments: '' }], tokens: 1 },
  { type: 'toolCalls', calls: [{ index, arguments: '{"city":' }], tokens: 1 },
  { type: 'toolCalls', calls: [{ index, arguments: `"${index}"}` }], tokens: 1 },
];

/** A token with one alternative. */
export const likely = (token: string, logprob: number): TokenLogprob => ({
  token,
  bytes: [...Buffer.from(token)],
  logprob,
  top: [
    { token, bytes: [...Buffer.from(token)], logprob },
    { token: '?', bytes: [63], logprob: logprob - 1 },
  ],
});

/** Every item of a stream, in order. */
export const readAll = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};
