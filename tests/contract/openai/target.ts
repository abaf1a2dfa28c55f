import OpenAI, { type ClientOptions } from 'openai';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Scope } from '../../../services/inference/call.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

/** A running gateway and the official client for it, with certificate verification on. */
export interface Target {
  readonly gateway: TestGateway;
  readonly baseURL: string;
  client(options?: Pick<ClientOptions, 'apiKey'>, ...scopes: Scope[]): Promise<OpenAI>;
  stop(): Promise<void>;
}

/** Starts a gateway with this configuration. */
export const startTarget = async (config: Record<string, unknown>): Promise<Target> => {
  const gateway = await startGateway({ config });
  const baseURL = `${gateway.url}/v1`;
  const dispatcher = new Agent({ connect: { ca: gateway.ca } });
  // Safe: the client calls fetch with what this fetch, the one Node's own is made of, understands.
  const trusting = ((url: string, init: object) =>
    undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  return {
    gateway,
    baseURL,
    client: async ({ apiKey } = {}, ...scopes) =>
      new OpenAI({
        baseURL,
        apiKey: apiKey ?? (await gateway.token(...(scopes.length === 0 ? (['inference'] as const) : scopes))),
        fetch: trusting,
        // A retry would hide the answer a test is about.
        maxRetries: 0,
      }),
    async stop() {
      await dispatcher.destroy();
      await gateway.stop();
    },
  };
};

export const SCRIPTED_CONTEXT = 512;

/** Engines that echo in chunks of one to seven characters, so that every text is split everywhere, and some that fail. */
export const SCRIPTED_CONFIG = {
  limits: { maxConcurrency: 32, maxOutputTokens: 400 },
  models: [
    scriptedModel({ charactersPerChunk: [1, 7] }, { id: 'echo', context: SCRIPTED_CONTEXT }),
    scriptedModel({ charactersPerChunk: 1, tokenMs: 20 }, { id: 'lab/slow' }),
    scriptedModel({ charactersPerChunk: 1, failAfterTokens: 3 }, { id: 'failing' }),
  ],
};

/** What the first model of the product's own configuration is called. */
export const REAL_MODEL = 'smollm2-135m-instruct';

/** Every item of a stream, in order. */
export const readAll = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};
