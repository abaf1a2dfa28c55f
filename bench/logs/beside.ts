import { setTimeout as wait } from 'node:timers/promises';
import { streamName } from '../../elk/streams.ts';
import { linesIn } from '../../tests/elk/log-lines.ts';
import { startOpenSearch } from '../../tests/elk/programs/stores.ts';
import { startShipping } from '../../tests/elk/shipping.ts';
import { createStoreClient } from '../../tests/elk/store-client.ts';
import { putTemplate } from '../../tests/elk/templates.ts';
import { scriptedModel, startGateway } from '../../tests/gateway.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, SuiteOptions } from '../suite.ts';

const SIDES = ['with', 'without'] as const;
type Side = (typeof SIDES)[number];
const SPEED = 'requests/s';
const RATIO = { measure: SPEED, of: 'with', against: 'without', as: 'ratio' } as const;
const NAMESPACE = 'beside';
const CONNECTIONS = 16;
const LOOK_MS = 500;
/** Looks without one more line after which a round goes on all the same. */
const PATIENCE = 240;

/**
 * What Filebeat and a store take from a gateway that has only the same cores: as many requests as go, with both of them running and
 * with both of them stopped. Before each round everything that was written has arrived.
 */
export const measureBeside = async (options: SuiteOptions & { readonly deadline: number }): Promise<Comparison> => {
  const { isSmoke, deadline, say, minRounds = 5, maxRounds = 30 } = options;
  const requests = isSmoke ? 64 : 8000;
  await using life = new AsyncDisposableStack();
  const gateway = life.adopt(await startGateway({ config: CONFIG }), async (one) => void (await one.stop()));
  const store = life.adopt(await startOpenSearch(), (one) => one.stop());
  const client = createStoreClient(store.url);
  await putTemplate(client);
  const filebeat = life.adopt(
    await startShipping({ data: gateway.data, store: store.url, namespace: NAMESPACE }),
    (one) => one.stop(),
  );
  const signal = (name: NodeJS.Signals): void => {
    for (const { pid } of [filebeat, store]) process.kill(pid, name);
  };
  // What is stopped cannot be ended.
  life.defer(() => signal('SIGCONT'));
  const arrived = async (): Promise<void> => {
    const stream = streamName('audit', { namespace: NAMESPACE });
    for (let [still, last] = [0, -1]; still < PATIENCE; ) {
      await wait(LOOK_MS);
      await client.ask('POST', `/${stream}/_refresh?ignore_unavailable=true`);
      const count = await client.count(stream);
      if (count >= linesIn(gateway.data, 'audit').length) return;
      still = count > last ? 0 : still + 1;
      last = count;
    }
  };
  const load = async (): Promise<number> => {
    const { url, ca, token } = gateway;
    const headers = { authorization: `Bearer ${await token('inference')}`, 'content-type': 'application/json' };
    const result = await loadInWorker({ url, ca, path: PATH, headers, body: BODY, connections: CONNECTIONS, requests });
    if (result.failures > 0) throw new Error(`${result.failures} of ${result.requests} answers were not 200`);
    return result.requests / result.seconds;
  };
  await load();
  const measure = async (side: Side): Promise<Sample> => {
    await arrived();
    if (side === 'without') signal('SIGSTOP');
    try {
      return { [SPEED]: await load() };
    } finally {
      signal('SIGCONT');
    }
  };
  const rounds = await runRounds<Side>({
    ...{ variants: SIDES, measure, judged: [RATIO], minRounds, maxRounds, deadline, now: () => performance.now() },
    onRound: (so) =>
      say(`beside, round ${so.with.length}: ${SIDES.map((side) => so[side].at(-1)?.[SPEED]?.toFixed(0)).join(' / ')}`),
  });
  return compare(rounds, RATIO, { model: 'scripted', case: 'beside' });
};

const PATH = '/v1/chat/completions';
const BODY = JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'hello' }] });
const CONFIG = {
  limits: { maxConcurrency: 256, queue: 4096 },
  engines: { probeIntervalMs: 86_400_000 },
  logging: { maxFiles: 1000 },
  models: [scriptedModel({ reply: 'one two three', charactersPerChunk: 16 })],
};
