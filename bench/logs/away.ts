import { setTimeout as wait } from 'node:timers/promises';
import { PROFILES, type ProfileName } from '../../cli/drills/profile.ts';
import { openPlace } from '../../cli/drills/stack/folder.ts';
import { type Stack, startStack } from '../../cli/drills/stack/stack.ts';
import { openEars } from '../../cli/drills/told.ts';
import type { AlertName } from '../../core/config/alert-names.ts';
import { type StreamKey, streamName } from '../../elk/streams.ts';
import { compareLines, linesIn } from '../../tests/elk/log-lines.ts';
import type { Server } from '../../tests/elk/programs/server.ts';
import { startOpenSearch } from '../../tests/elk/programs/stores.ts';
import { startShipping } from '../../tests/elk/shipping.ts';
import { createStoreClient, type StoreClient } from '../../tests/elk/store-client.ts';
import { putTemplate } from '../../tests/elk/templates.ts';
import type { Table } from '../suite.ts';
import { RSS_BAR_MIB, sampleRss } from './filebeat-memory.ts';

export interface AwayPlan {
  readonly profile: ProfileName;
  readonly perSecond: number;
  readonly awaySeconds: number;
  readonly say: (line: string) => void;
}

const ALERT = 'LogPipelineLagging' satisfies AlertName;
const NAMESPACE = 'bench';
const WRITTEN = ['app', 'access', 'audit'] as const satisfies readonly StreamKey[];
/** Load before the store goes and after it has come back. */
const AROUND_SECONDS = 20;
const LOOK_MS = 1000;
/** Looks without one more line after which the rest is given up. */
const PATIENCE = 120;

/**
 * The whole service under `clawdbot up` and under load, its log files shipped by a real Filebeat, watched by a real Prometheus
 * with the rules that are shipped and by a real Alertmanager, while the store is away.
 */
export const runAway = async ({ profile, perSecond, awaySeconds, say }: AwayPlan): Promise<Table> => {
  const place = await openPlace();
  await using life = place.life;
  let store: Server = await startOpenSearch();
  life.defer(() => store.stop());
  const client = createStoreClient(store.url);
  await putTemplate(client);
  const shipping = { data: place.data, store: store.url, namespace: NAMESPACE };
  const filebeat = life.adopt(await startShipping(shipping), (one) => one.stop());
  const rss = life.use(sampleRss(filebeat.pid));
  say('starting a service');
  const stack = await startStack({
    ...{ place, profile: PROFILES[profile], minutes: 0, signal: new AbortController().signal },
    settings: settingsFor(filebeat),
  });
  const watch = life.use(watchAlert(stack, say));
  const traffic = stack.traffic(perSecond);
  await wait(AROUND_SECONDS * 1000);

  const ears = await openEars(stack);
  const { port } = new URL(store.url);
  await store.stop({ keepData: true });
  const leftAt = performance.now();
  say(`the store is away for ${awaySeconds} s`);
  await wait(awaySeconds * 1000);
  const isMailed = await ears.hear({ by: 'mail', alert: ALERT });
  const isFiring = watch.isFiring;
  store = await startOpenSearch({ data: store.data, port: Number(port) });
  const backAt = performance.now();
  say(`the store is back; mail about it: ${isMailed}`);

  await wait(AROUND_SECONDS * 1000);
  await stack.until('nothing waits', async () => (await stack.prometheus.value(WAITING)) === 0 || undefined);
  const emptyAt = performance.now();
  say('nothing waits');
  await stack.stopTraffic();
  await stack.until(`${ALERT} is over`, () => (watch.isFiring ? undefined : true));
  await stack.until('the mail that says so', async () => {
    return (await ears.hear({ by: 'mail', alert: ALERT, isOver: true })) || undefined;
  });
  const lasted = (performance.now() - leftAt) / 1000 + AROUND_SECONDS;
  const fired = await stack.prometheus.firedFor(lasted);
  const lag = await stack.prometheus.value(`max(max_over_time(${LAG}[${Math.ceil(lasted)}s]))`);
  // Its last lines count, too.
  await stack.supervisor.stop();
  const end = await compareAll(place.data, client, say);
  const after = (moment: number | undefined, since: number) =>
    moment === undefined ? 'never' : (moment - since) / 1000;
  return {
    title: `A service under ${perSecond} requests/s, the store away for ${awaySeconds} s`,
    columns: ['figure', 'value', 'bar'],
    rows: [
      ['requests answered', traffic.counts.byStatus.get(200) ?? 0, null],
      ['requests not answered', traffic.counts.sent - (traffic.counts.byStatus.get(200) ?? 0), null],
      ['away until it answered again, s', after(backAt, leftAt), null],
      ['lines written', end.written, null],
      ['lines lost', end.lost, '0'],
      ['lines there twice', end.surplus, '0'],
      [`${ALERT} fires, s after the store left`, after(watch.firedAt, leftAt), `${awaySeconds}`],
      ['still firing when the store came back', isFiring ? 'yes' : 'no', 'yes'],
      ['mail about it', isMailed ? 'yes' : 'no', 'yes'],
      ['oldest line that waited, s', Math.round(lag ?? 0), null],
      ['nothing waits, s after the store came back', after(emptyAt, backAt), null],
      [`${ALERT} is over, s after the store came back`, after(watch.overAt, backAt), 'some time'],
      ['alerts that fired', namesOf(fired), ALERT],
      ['Filebeat RSS, highest MiB', rss.highestMib(), `${RSS_BAR_MIB}`],
    ],
  };
};

const LAG = 'clawdbot_logs_pipeline_lag_seconds';
const WAITING = 'max(clawdbot_logs_pipeline_waiting)';

/** Both stages are the one Filebeat that is here. */
const settingsFor = ({ url }: Server) => {
  const port = Number(new URL(url).port);
  return { elk: { filebeat: { watch: true, directPort: port, parsedPort: port } } };
};

/** Looks every second whether the alert fires, until it is disposed of. */
const watchAlert = (stack: Stack, say: (line: string) => void) => {
  const seen: { firedAt?: number; overAt?: number } = {};
  const look = async (): Promise<void> => {
    const firing = await stack.prometheus.firing().catch(() => undefined);
    if (firing === undefined) return;
    const isFiring = firing.some(({ labels }) => labels.alertname === ALERT);
    if (isFiring && seen.firedAt === undefined) {
      seen.firedAt = performance.now();
      say(`${ALERT} fires`);
    }
    if (!isFiring && seen.firedAt !== undefined && seen.overAt === undefined) {
      seen.overAt = performance.now();
      say(`${ALERT} is over`);
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return {
    get firedAt() {
      return seen.firedAt;
    },
    get overAt() {
      return seen.overAt;
    },
    get isFiring() {
      return seen.firedAt !== undefined && seen.overAt === undefined;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
};

/** Waits until every line of the files is in the store, or nothing comes any more, and compares them one by one. */
const compareAll = async (data: string, client: StoreClient, say: (line: string) => void) => {
  const total = { written: 0, lost: 0, surplus: 0 };
  for (const key of WRITTEN) {
    const stream = streamName(key, { namespace: NAMESPACE });
    const wanted = linesIn(data, key);
    let count = 0;
    for (let still = 0; still < PATIENCE && count < wanted.length; ) {
      await wait(LOOK_MS);
      await client.ask('POST', `/${stream}/_refresh`);
      const now = await client.count(stream);
      still = now > count ? 0 : still + 1;
      count = now;
    }
    const { lost, surplus } = compareLines(wanted, await client.all(stream));
    say(`${key}: ${wanted.length} lines written, ${lost.length} lost, ${surplus.length} there twice`);
    for (const line of lost.slice(0, 3)) say(`lost: ${line}`);
    total.written += wanted.length;
    total.lost += lost.length;
    total.surplus += surplus.length;
  }
  return total;
};

const namesOf = (fired: readonly { readonly name: string }[]): string =>
  [...new Set(fired.map(({ name }) => name))].filter((name) => name !== 'Watchdog').join(', ');
