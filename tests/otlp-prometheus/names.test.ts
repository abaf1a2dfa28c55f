import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { type Built, buildGoProgram } from '../go/build.ts';
import { scrapeJob, startTestPrometheus, type TestPrometheus } from '../prometheus.ts';
import { until } from '../stream.ts';

/** The same service reaches one Prometheus on both ways, as two jobs. */
const PULLED = 'pulled';
const PUSHED = 'clawdbot';

let built: Built;
let gateway: TestGateway | undefined;
let prometheus: TestPrometheus | undefined;
beforeAll(async () => {
  built = await buildGoProgram('prometheus');
  if (built.state === 'missing') return;
  const port = await freePort();
  const otlp = { endpoint: `http://127.0.0.1:${port}/api/v1/otlp`, traces: false, logs: false, intervalMs: 1000 };
  gateway = await startGateway({
    config: { models: [scriptedModel({ reply: 'echo' })], telemetry: { otlp }, scenarios: { kept: { cache: true } } },
  });
  prometheus = await startTestPrometheus({
    ...{ program: built.file, port, args: ['--web.enable-otlp-receiver'] },
    config: { scrape_configs: [await scrapeJob(gateway, PULLED)] },
  });
}, 1_800_000);
afterAll(async () => {
  await gateway?.stop();
  await prometheus?.stop();
});
beforeEach(({ skip }) => {
  if (built.state === 'missing') skip(`Prometheus 3.5 with its OTLP receiver cannot be built here: ${built.why}`);
});

/** What a scrape adds by itself. */
const OF_THE_SCRAPE = /^(up|scrape_.*)$/;
/** Who told it; the rest of the labels is ours. */
const SOURCE = ['job', 'instance', 'service_name', 'service_version', 'service_instance_id'];

type Labels = Readonly<Record<string, string>>;

/** Each series of a job that had a sample of late, as its name and its own labels: what was pushed before the first scrape is over. */
const shapesOf = async (job: string): Promise<string[]> => {
  const query = encodeURIComponent(`last_over_time({job="${job}"}[20s])`);
  const data = (await prometheus?.get(`/api/v1/query?query=${query}`)) as
    | { readonly result: readonly { readonly metric: Labels }[] }
    | undefined;
  const shapes = (data?.result ?? [])
    .map(({ metric }) => metric)
    .filter(({ __name__: name = '' }) => !OF_THE_SCRAPE.test(name) && name !== 'target_info')
    .map(({ __name__: name, ...labels }) => {
      const own = Object.entries(labels).filter(([key]) => !SOURCE.includes(key) && key !== 'le');
      return `${name}{${own
        .map(([key, value]) => `${key}="${value}"`)
        .toSorted()
        .join(',')}}`;
    });
  return [...new Set(shapes)].toSorted();
};

const differing = (pulled: readonly string[], pushed: readonly string[]) => ({
  onlyPulled: pulled.filter((shape) => !pushed.includes(shape)),
  onlyPushed: pushed.filter((shape) => !pulled.includes(shape)),
});

test('metrics that are pushed have the names and labels of those that are scraped', async () => {
  for (const prompt of ['one', 'two', 'two']) {
    expect(
      (await gateway?.send('POST', '/api/v1/inference', { prompt, scenario: 'kept', temperature: 0 }))?.status,
    ).toBe(200);
  }
  await until(
    async () => (await shapesOf(PULLED)).length,
    (count) => count > 100,
  );
  // Only what differs is kept, so that a failure names it.
  await until(
    async () => differing(await shapesOf(PULLED), await shapesOf(PUSHED)),
    ({ onlyPulled, onlyPushed }) => onlyPulled.length === 0 && onlyPushed.length === 0,
  );
  const pulled = await shapesOf(PULLED);
  expect(pulled.some((shape) => shape.startsWith('gen_ai_server_request_duration_seconds_bucket{'))).toBe(true);
});

test('a counter has the same value on both ways', async () => {
  const valueOfJob = async (job: string): Promise<string | undefined> => {
    const query = encodeURIComponent(`clawdbot_requests_total{job="${job}",outcome="ok"}`);
    const data = (await prometheus?.get(`/api/v1/query?query=${query}`)) as
      | { readonly result: readonly { readonly value: readonly [number, string] }[] }
      | undefined;
    return data?.result[0]?.value[1];
  };
  expect(await valueOfJob(PULLED)).toBeDefined();
  await until(
    async () => [await valueOfJob(PULLED), await valueOfJob(PUSHED)],
    ([one, other]) => one === other && one === '3',
  );
});
