import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recorded } from '../../alerting/rules/series.ts';
import { withAlertmanager } from '../../cli/alerts/alertmanager-api.ts';
import { recordDrill } from '../../cli/drills/record.ts';
import type { DrillResult } from '../../cli/drills/result.ts';
import type { Place } from '../../cli/drills/stack/folder.ts';
import type { Settings } from '../../cli/drills/stack/merge.ts';
import type { Stack } from '../../cli/drills/stack/stack.ts';
import type { TrafficRequest } from '../../cli/drills/stack/traffic.ts';
import { changeCredentialStore } from '../../cli/local/credential-store.ts';
import { openService } from '../../cli/local/running-service.ts';

const scripted = (id: string, options: Settings) => ({
  ...{ id, engine: 'scripted', slots: 4, options: { reply: 'echo', ...options } },
});

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const KERNEL_LOG = 'kmsg';
/** The bit of nvidia-smi for «slowed down by hardware because of heat». */
const HW_THERMAL = '0x0000000000000040';
/** Nobody listens there. */
const DEAF = 'http://127.0.0.1:9';

/** Harmless until the service stands: a model that cannot answer its own probes would not let it. */
const HARMLESS = { failing: {}, crashing: {} };
const HARMFUL = { failing: { failRate: 1 }, crashing: { crashAfterTokens: 1 } };

/** A model for each way in which a request can end. */
const modelsThat = ({ failing, crashing }: Readonly<Record<'failing' | 'crashing', Settings>>): Settings => ({
  models: [
    scripted('drill', { tokenMs: 2 }),
    scripted('slow', { tokenMs: 200 }),
    scripted('failing', failing),
    scripted('crashing', crashing),
  ],
});

export const EVENTFUL: Settings = {
  ...modelsThat(HARMLESS),
  limits: { maxConcurrency: 16, queue: 8 },
  jobs: { callbacks: { allow: [DEAF], allowAddresses: ['127.0.0.1/32'], attempts: 2, timeoutMs: 1000 } },
  scale: { model: 'slow', cooldownMs: 5000, stabilizationMs: 10_000, windowMs: 10_000 },
};

/** Every trace is kept, and sent to this receiver. */
export const tracedBy = (endpoint: string): Settings => ({
  telemetry: { otlp: { endpoint, metrics: false, logs: false }, sampling: { ratio: 1 } },
});

/** A line of the kernel about an error of the first device. */
const XID = '3,1,1000,-;NVRM: Xid (PCI:0000:10:00): 31, pid=1, name=engine\n';

const PRIVATE = 'Write to anna.lindqvist@example.org or call +46 70 123 45 67 about the invoice.';

const asking = (model: string, more: Settings = {}): TrafficRequest => ({
  body: () => ({ model, prompt: PRIVATE, maxTokens: 12, ...more }),
});

/** Of a service that was drilled in both ways. */
const DRILLED: DrillResult = {
  ...{ name: 'gpu-hot', outcome: 'passed', problems: [], expected: [], symptoms: [], fired: [], told: '', figures: [] },
  ...{ detectionMs: 61_200, actionMs: 71_300, recoveryMs: 300_000 },
};

/** What must be there before the service starts. */
export const prepareEventful = async ({ dir, data }: Place): Promise<void> => {
  writeFileSync(join(dir, KERNEL_LOG), '');
  await recordDrill(data, { name: 'real' }, DRILLED);
  await recordDrill(data, { name: 'fast' }, { ...DRILLED, outcome: 'failed' });
};

/** Everything that can happen to a service and leave it alive, each part of it once or steadily. */
export const makeEventful = async (stack: Stack): Promise<void> => {
  const { data, traffic, smi, until, prometheus } = stack;
  const counted = (selector: string): Promise<number> =>
    until(`${selector} counts`, () => prometheus.value(`${selector} > 0`));
  smi.set({ fault: 'garbage' });
  traffic(3, asking('drill', { temperature: 0 }));
  traffic(1, { path: '/v1/chat/completions', body: chat });
  traffic(3, asking('slow', { maxTokens: 100, deadlineMs: 700 }));
  traffic(1, asking('failing'));
  traffic(1, asking('crashing'));
  traffic(1, asking('drill', { mode: 'async', callbackUrl: `${DEAF}/done` }));
  // Longer than the longest target that the door lets in.
  traffic(1, { path: `/api/v1/${'x'.repeat(5000)}` });
  await ask(stack);
  await askAsStranger(data);
  const inAWeek = Date.now() + 7 * DAY_MS;
  await changeCredentialStore(data, (store) => store.create({ name: 'ends', scopes: ['metrics'], expiresAt: inAWeek }));
  stack.configure(modelsThat(HARMFUL));
  await counted('clawdbot_config_reloads_total{outcome="applied"}');
  stack.configureText('limits: { maxConcurency: 4 }\n');
  await counted('clawdbot_config_reloads_total{outcome="rejected"}');
  stack.configure(modelsThat(HARMFUL));
  await counted('clawdbot_plugin_failures_total');
  smi.heal();
  smi.set({ cells: { 'temperature.gpu': '83', 'fan.speed': '40', 'clocks_event_reasons.active': HW_THERMAL } });
  await repeatedly(stack, `${recorded('deviceErrors')}{error_type="xid"} > 0.5`, () =>
    appendFileSync(join(stack.dir, KERNEL_LOG), XID),
  );
  await repeatedly(stack, `${recorded('reloads')}{outcome="applied"} > 0.5`, (time) =>
    stack.configure({ ...modelsThat(HARMFUL), limits: { maxConcurrency: 16 + (time % 2) } }),
  );
  await repeatedly(stack, `${recorded('notifications')} > 0.5`, (time) => fireByHand(data, time));
};

const AGAIN_MS = 1000;

/** Of what happens for the first time no increase is known, nor of what falls between two windows of a rule: it happens again. */
const repeatedly = async (
  { prometheus, until }: Stack,
  selector: string,
  act: (time: number) => Promise<void> | void,
): Promise<void> => {
  let [times, last] = [0, Number.NEGATIVE_INFINITY];
  await until(`${selector} is recorded`, async () => {
    if (performance.now() - last >= AGAIN_MS) {
      times += 1;
      last = performance.now();
      await act(times);
    }
    return prometheus.value(selector);
  });
};

/** An incident of its own each time, of which people are told by SMS. */
const fireByHand = (data: string, time: number): Promise<void> => {
  const labels = { alertname: 'TestAlert', severity: 'critical', action: 'circuit-break', clawdbot_test: 'true' };
  const [startsAt = '', endsAt = ''] = [0, MINUTE_MS].map((ms) => new Date(Date.now() + ms).toISOString());
  const alert = { labels: { ...labels, job: `test-${time}` }, annotations: { summary: 'a test' }, startsAt, endsAt };
  return withAlertmanager({ data }, (api) => api.post([alert]));
};

/** What is asked once. */
const ask = async ({ service }: Stack): Promise<void> => {
  const send = async (method: 'PUT', path: string, body: unknown): Promise<void> => {
    const answer = await service.send(method, path, body);
    await answer.body.dump();
  };
  await send('PUT', '/api/v1/admin/limits', { queue: 6 });
  await send('PUT', '/api/v1/admin/breaker', { model: 'failing', state: 'open' });
};

const askAsStranger = async (data: string): Promise<void> => {
  const stranger = await openService({ data, token: 'nobody.knows.me' }, ['inference']);
  const answer = await stranger.send('POST', '/api/v1/inference', { prompt: 'Hello.' });
  await answer.body.dump();
  await stranger.close();
};

const chat = () => ({
  model: 'drill',
  stream: true,
  messages: [{ role: 'user', content: PRIVATE }],
  max_tokens: 12,
});
