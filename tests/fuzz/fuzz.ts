import { compileDocument } from '../contract/api/document.ts';
import type { Received } from '../contract/api/http-clients.ts';
import type { TestGateway } from '../gateway.ts';
import { type Random, randomOf } from '../redaction/random.ts';
import { sample } from '../stream.ts';
import { createClient, type FuzzClient } from './client.ts';
import { problemsWith } from './judge.ts';
import { createKeeper } from './keeper.ts';
import { isGrowing, JUDGED_REQUESTS } from './memory.ts';
import { drawPlan, type Material, type Plan } from './plan.ts';
import { drawBytes, sendRaw } from './raw.ts';
import { samplesOf } from './samples.ts';
import type { Schema } from './schema-values.ts';
import { tellJob, tellStream } from './stories.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: string;
  readonly connections: number;
  readonly onProgress?: (sent: number) => void;
}

export interface FuzzResult {
  readonly sent: number;
  /** By status, or by what became of the connection. */
  readonly counts: ReadonlyMap<string, number>;
  /** Operations that answered with success at least once, and all there are. */
  readonly answered: readonly string[];
  readonly operations: readonly string[];
  readonly memory: readonly number[];
  readonly violations: readonly string[];
}

const MOST_VIOLATIONS = 50;
const MEMORY_SAMPLES = 100;
const GOOD_EVERY = 20;

/** Sends so many hostile requests to a gateway, and a good one after each few of every connection. */
export const fuzz = async (gateway: TestGateway, options: FuzzOptions): Promise<FuzzResult> => {
  const client = createClient(gateway, options.connections);
  const material = await openMaterial(gateway);
  const check = compileDocument(material.document);
  const counts = new Map<string, number>();
  const answered = new Set<string>();
  const memory: number[] = [];
  const violations: string[] = [];
  const keeper = createKeeper(client, material.tokenOf('all'));
  const door = { port: Number(new URL(gateway.url).port), ca: gateway.ca };
  let rawSent = 0;
  let turn = 0;
  let samplesTaken = 0;

  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const blame = (at: number, what: string) => void violations.push(`turn ${at}: ${what}`);
  const onExit = (code: number | null, signal: string | null) =>
    blame(turn, `the gateway ended with ${signal ?? code}`);
  gateway.child.once('exit', onExit);

  const judgeAt = (at: number) => (plan: Plan, outcome: Received | { readonly broken: string }) => {
    if ('broken' in outcome) {
      count(outcome.broken);
      if (!isHarmless(outcome.broken)) blame(at, `${wordsOf(plan)}: ${outcome.broken}`);
      return undefined;
    }
    count(String(outcome.status));
    if (outcome.status < 300) answered.add(plan.operation);
    for (const problem of problemsWith(plan, outcome, check)) blame(at, `${wordsOf(plan)}: ${problem.slice(0, 600)}`);
    return outcome;
  };

  const play = async (at: number, random: Random): Promise<void> => {
    const judge = judgeAt(at);
    const stage = { client, token: material.tokenOf('inference'), judge };
    const kind = random.next();
    if (kind < 0.06) return tellStream(stage, random);
    if (kind < 0.12) return tellJob(stage, random);
    if (kind < 0.135) {
      rawSent += 1;
      const bytes = drawBytes(material.tokenOf('inference'), random);
      const statuses = await sendRaw(door, bytes);
      for (const status of statuses) count(String(status));
      if (statuses.length === 0) count('closed');
      if (statuses.some((status) => status >= 500 && status !== 503 && status !== 504)) blame(at, `bytes: ${statuses}`);
      return;
    }
    const plan = drawPlan(material, random);
    const send = async () => judge(plan, await client.send(plan));
    if (keeper.isChange(plan)) await keeper.change(send);
    else await send();
  };

  const sent = () => client.sent + rawSent;
  const work = async (): Promise<void> => {
    while (sent() < options.requests && violations.length < MOST_VIOLATIONS) {
      const at = turn++;
      await play(at, randomOf(`${options.seed} ${at}`));
      if (at % GOOD_EVERY === 0) for (const problem of await keeper.checkGood()) blame(at, problem);
      if (sent() < (samplesTaken * options.requests) / MEMORY_SAMPLES) continue;
      samplesTaken += 1;
      memory.push(await memoryOf(client, material.tokenOf('metrics')));
      options.onProgress?.(sent());
    }
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  gateway.child.off('exit', onExit);
  await client.close();
  if (options.requests >= JUDGED_REQUESTS && isGrowing(memory)) violations.push('memory grows with every request');
  return {
    sent: sent(),
    counts,
    answered: [...answered],
    operations: [...material.samples.keys()],
    memory,
    violations,
  };
};

/** The client left itself, or would not send what it was given. */
const isHarmless = (broken: string): boolean => broken === 'left' || broken === 'UND_ERR_INVALID_ARG';

const wordsOf = ({ method, path, headers, body }: Plan): string => {
  const shown = Object.entries(headers).filter(([name, value]) => name !== 'authorization' || value.length < 50);
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(Object.fromEntries(shown)).slice(0, 300)} ${body?.toString('latin1').slice(0, 600) ?? ''}`;
};

const openMaterial = async (gateway: TestGateway) => {
  const document = JSON.parse((await gateway.send('GET', '/api/v1/openapi.json')).text);
  const tokens = new Map([['all', await gateway.token('inference', 'metrics', 'admin')]]);
  for (const scope of ['inference', 'metrics', 'admin', 'audit'] as const)
    tokens.set(scope, await gateway.token(scope));
  const find = (schema: Schema): Schema => {
    const known: unknown =
      schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    // Safe: the document is held against the schema of OpenAPI by another test.
    return (known ?? {}) as Schema;
  };
  const material: Material = { samples: samplesOf(document), find, tokenOf: (scope) => tokens.get(scope) ?? '' };
  return { ...material, document };
};

const memoryOf = async (client: FuzzClient, token: string): Promise<number> => {
  const page = await client.send({
    method: 'GET',
    path: '/api/v1/metrics',
    headers: { authorization: `Bearer ${token}` },
    body: undefined,
  });
  return 'broken' in page ? Number.NaN : (sample(page.text, 'process_memory_usage_bytes') ?? Number.NaN);
};
