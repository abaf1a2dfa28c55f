import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { startChild } from './start-child.ts';

/** Why a gateway refuses: its only place is taken, or the only one that the key may have. */
export const HOUSES = {
  full: { maxConcurrency: 1, queue: 0 },
  busyKey: { maxConcurrency: 8, queue: 8, perKey: { concurrency: 1 } },
} as const;
export type HouseName = keyof typeof HOUSES;

/** A gateway that refuses, and a bare server that answers the same statuses. */
export interface House extends AsyncDisposable {
  readonly gateway: TestGateway;
  /** Of who has the place. */
  readonly inference: string;
  /** With a scope that opens no inference. */
  readonly metrics: string;
  readonly bare: { readonly url: string; readonly pid: number };
}

const BARE = fileURLToPath(new URL('bare-refusals.ts', import.meta.url));
const DAY_MS = 86_400_000;

/** A long body: refusing before it is read and parsed is the point. */
export const BODY = JSON.stringify({
  model: 'slow',
  messages: [{ role: 'user', content: 'Please summarise order 12345 in one sentence. '.repeat(40) }],
});

/** A gateway whose place is taken by an answer that does not end, and whose patience with wrong credentials is over. */
export const startHouse = async (name: HouseName): Promise<House> => {
  await using starting = new AsyncDisposableStack();
  const gateway = starting.adopt(
    await startGateway({
      config: {
        auth: { throttle: { failures: 1, windowMs: DAY_MS } },
        limits: { ...HOUSES[name], deadlineMs: DAY_MS },
        engines: { probeIntervalMs: DAY_MS, stallMs: DAY_MS },
        models: [scriptedModel({ reply: 'x'.repeat(4000), charactersPerChunk: 1, tokenMs: 60_000 }, { id: 'slow' })],
      },
    }),
    async (started) => void (await started.stop({ signal: 'SIGKILL' })),
  );
  const [inference, metrics] = [await gateway.token('inference'), await gateway.token('metrics')];
  const agent = starting.adopt(new Agent({ connect: { ca: gateway.ca }, bodyTimeout: 0 }), (one) => one.destroy());
  const post = (path: string, token: string, body: string) =>
    request(`${gateway.url}${path}`, { method: 'POST', dispatcher: agent, headers: headersOf(token), body });
  const answer = await post('/v1/chat/completions', inference, JSON.stringify({ ...JSON.parse(BODY), stream: true }));
  answer.body.on('error', () => undefined);
  // Tokens that are known are taken from an address that was wrong too often; this one becomes known before that.
  await (await post('/v1/chat/completions', metrics, BODY)).body.dump();
  await (await post('/v1/chat/completions', 'wrong', BODY)).body.dump();
  const { port, pid } = starting.use(await startChild(BARE, [gateway.data]));
  const running = starting.move();
  return {
    ...{ gateway, inference, metrics, bare: { url: `https://127.0.0.1:${port}`, pid } },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};

/** Headers of a request with this credential, or without one. */
export const headersOf = (token: string | undefined): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});
