import type { Received } from '../contract/api/http-clients.ts';
import type { Random } from '../redaction/random.ts';
import type { FuzzClient } from './client.ts';
import { oddString } from './odd.ts';
import type { Plan } from './plan.ts';

/** Several requests that belong together. Whatever comes back goes through `judge`, which returns it. */
export interface Stage {
  readonly client: FuzzClient;
  readonly token: string;
  readonly judge: (plan: Plan, outcome: Received | { readonly broken: string }) => Received | undefined;
}

const STREAMS = [
  { operation: 'infer', path: '/api/v1/inference', body: { prompt: 'one two three four five', model: 'slow' } },
  {
    operation: 'createChatCompletion',
    path: '/v1/chat/completions',
    body: { model: 'slow', messages: [{ role: 'user', content: 'one two three' }] },
  },
  { operation: 'createCompletion', path: '/v1/completions', body: { model: 'slow', prompt: 'one two three' } },
  { operation: 'createResponse', path: '/v1/responses', body: { model: 'slow', input: 'one two three' } },
] as const;

const ask = (
  stage: Stage,
  operation: string,
  method: string,
  path: string,
  more: { template?: string; body?: unknown; headers?: Record<string, string> } = {},
): Plan => ({
  operation,
  method,
  path,
  template: more.template ?? path,
  headers: {
    authorization: `Bearer ${stage.token}`,
    ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...more.headers,
  },
  body: more.body === undefined ? undefined : Buffer.from(JSON.stringify(more.body)),
});

const lastEventId = (random: Random): Record<string, string> =>
  random.chance(0.6)
    ? { 'last-event-id': random.pick(['0', '1', '-1', '9'.repeat(50), 'x', '', '%00', 'é'.normalize('NFC'), '1,2']) }
    : {};

/** Begins a stream and leaves somewhere in it, or stays to its end. */
export const tellStream = async (stage: Stage, random: Random): Promise<void> => {
  const { operation, path, body } = random.pick(STREAMS);
  const plan = ask(stage, operation, 'POST', path, { body: { ...body, stream: true }, headers: lastEventId(random) });
  const leaveAfter = random.chance(0.7) ? random.int(1, 6) : undefined;
  stage.judge(plan, await stage.client.send(plan, leaveAfter));
};

const JOB = '/api/v1/jobs/{id}';

/** Starts a job; follows it, leaves, cancels, reads and asks for neighbours of its id, in any order. */
export const tellJob = async (stage: Stage, random: Random): Promise<void> => {
  const send = async (plan: Plan, leaveAfter?: number) => stage.judge(plan, await stage.client.send(plan, leaveAfter));
  const body = { prompt: 'one two three four', mode: 'async', model: random.pick(['echo', 'slow']) };
  const key = random.chance(0.3)
    ? { 'idempotency-key': random.pick(['a', 'b', 'x'.repeat(300), '"', oddKey(random)]) }
    : {};
  const taken = await send(ask(stage, 'infer', 'POST', '/api/v1/inference', { body, headers: key }));
  if (taken?.status !== 202) return;
  const { id } = JSON.parse(taken.text);
  for (let turns = random.int(1, 4); turns > 0; turns -= 1) {
    const path = `/api/v1/jobs/${random.chance(0.9) ? id : encodeURIComponent(oddString(random).toWellFormed()).slice(0, 2000) || 'x'}`;
    const isWhole = !/[.%]/.test(path);
    const at = (operation: string, method: string, end = '') => ({
      ...ask(stage, operation, method, `${path}${end}`, { headers: lastEventId(random) }),
      template: isWhole ? `${JOB}${end}` : undefined,
    });
    switch (random.int(0, 4)) {
      case 0:
        await send(at('cancelJob', 'DELETE'));
        break;
      case 1:
        await send(at('getJob', 'GET'));
        break;
      case 2:
        await send(at('watchJob', 'GET', '/events'), random.int(1, 3));
        break;
      default:
        await send(at('watchJob', 'GET', '/events'));
    }
  }
};

const oddKey = (random: Random): string => random.chars(random.int(1, 300), 'aZ0 ._-:/\u00e9');
