import { compileDocument } from '../contract/api/document.ts';
import type { TestGateway } from '../gateway.ts';
import { randomOf } from '../redaction/random.ts';
import { sample } from '../stream.ts';
import { createClient, type FuzzClient } from './client.ts';
import { createLedger } from './ledger.ts';
import { isGrowing, JUDGED_REQUESTS } from './memory.ts';
import type { Material } from './plan.ts';
import { createPlayer } from './player.ts';
import { samplesOf } from './samples.ts';
import type { Schema } from './schema-values.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: string;
  readonly connections: number;
  /** Share of turns that are played over HTTP/2 (default 0.04; one such turn is up to sixteen requests). */
  readonly http2Share?: number;
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
const HTTP2_SHARE = 0.04;

/** Sends so many hostile requests to a gateway, and a good one after each few of every connection. */
export const fuzz = async (gateway: TestGateway, options: FuzzOptions): Promise<FuzzResult> => {
  const { requests, seed, connections, http2Share = HTTP2_SHARE } = options;
  const client = createClient(gateway, connections);
  const material = await openMaterial(gateway);
  const ledger = createLedger(compileDocument(material.document));
  const player = createPlayer({ gateway, client, material, ledger, http2Share });
  const memory: number[] = [];
  let samplesTaken = 0;
  let turn = 0;
  const onExit = (code: number | null, signal: string | null) =>
    ledger.blame(turn, `the gateway ended with ${signal ?? code}`);
  gateway.child.once('exit', onExit);

  const work = async (): Promise<void> => {
    while (player.sent() < requests && ledger.violations.length < MOST_VIOLATIONS) {
      const at = turn++;
      await player.play(at, randomOf(`${seed} ${at}`));
      if (at % GOOD_EVERY === 0) await player.checkGood(at);
      if (player.sent() < (samplesTaken * requests) / MEMORY_SAMPLES) continue;
      samplesTaken += 1;
      memory.push(await memoryOf(client, material.tokenOf('metrics')));
      options.onProgress?.(player.sent());
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  gateway.child.off('exit', onExit);
  await client.close();
  const { counts, answered, violations } = ledger;
  const growth = requests >= JUDGED_REQUESTS && isGrowing(memory) ? ['memory grows with every request'] : [];
  return {
    sent: player.sent(),
    counts,
    answered: [...answered],
    operations: [...material.samples.keys()],
    memory,
    violations: [...violations, ...growth],
  };
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
