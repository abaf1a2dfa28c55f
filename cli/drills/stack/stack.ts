import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { dataPaths } from '../../../core/config/paths.ts';
import { freePort } from '../../../tests/free-port.ts';
import { askActions, findActions } from '../../local/actions-service.ts';
import { openService, type RunningService } from '../../local/running-service.ts';
import type { Profile } from '../profile.ts';
import type { Place } from './folder.ts';
import { mergeSettings, type Settings } from './merge.ts';
import { type ProcessName, processesOf } from './processes.ts';
import { type AskPrometheus, askPrometheus } from './prometheus.ts';
import { commonSettings } from './settings.ts';
import { type Supervisor, startSupervisor } from './supervisor.ts';
import { startTraffic, type Traffic, type TrafficRequest } from './traffic.ts';
import { waitFor } from './wait.ts';

/** One decision of the actions process. */
export interface DecisionRow {
  readonly id: number;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly alert?: string;
}

/** A whole service under `clawdbot up`, watched by a real Prometheus and a real Alertmanager. */
export interface Stack extends Place {
  readonly profile: Profile;
  readonly signal: AbortSignal;
  /** How long a drill lasts that is about time. */
  readonly minutes: number;
  readonly supervisor: Supervisor;
  readonly service: RunningService;
  readonly prometheus: AskPrometheus;
  /** Of processes of this service alone. */
  pids(name: ProcessName): readonly number[];
  /** Sends a signal to all of a name; throws where there is none. */
  signalTo(name: ProcessName, signal: NodeJS.Signals): void;
  /** Writes the configuration anew, with this on top of what the service started with. */
  configure(more: Settings): void;
  /** Writes it as it is not meant to be. */
  configureText(text: string): void;
  /** What was decided since, the latest first; rejects while the actions process does not answer. */
  decisionsSince(id: number): Promise<readonly DecisionRow[]>;
  /** What an action said last. */
  lastReason(action: string): Promise<string | undefined>;
  /** The latest that is known of. */
  lastDecision(): Promise<number>;
  /** Ends with the service, or with `stopTraffic`. */
  traffic(perSecond: number, request?: TrafficRequest): Traffic;
  stopTraffic(): Promise<void>;
  /** Waits with the time limit of the profile. */
  until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T>;
}

interface Options {
  readonly place: Place;
  readonly profile: Profile;
  readonly settings: Settings;
  readonly minutes: number;
  readonly signal: AbortSignal;
}

/** Of a start on a machine that is busy with other things. */
const START_MS = 180_000;
const JOBS = ['clawdbot', 'clawdbot-collectors', 'clawdbot-actions', 'alertmanager', 'prometheus'];

/** Starts it and waits until all of it works and nothing fires. The place is its own: it is ended with it. */
export const startStack = async ({ place, profile, settings, minutes, signal }: Options): Promise<Stack> => {
  const { data, life } = place;
  const ports = { gateway: await freePort(), actions: await freePort() };
  const all = mergeSettings(commonSettings(place, ports), profile.settings, settings);
  const configFile = join(place.dir, 'clawdbot.yaml');
  writeFileSync(configFile, stringify(all));
  const supervisor = startSupervisor({ data, configFile, binds: place.binds });
  life.defer(() => supervisor.stop());
  const prometheus = askPrometheus(() => runUrl(data, 'prometheus'));
  const check = (): void => {
    if (supervisor.hasEnded) throw new Error(`the service of the drill has ended:\n${supervisor.lastWords()}`);
  };
  const until: Stack['until'] = (what, look) => waitFor(what, look, { signal, limitMs: profile.limitMs, check });
  const started = <T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> =>
    waitFor(what, look, { signal, limitMs: START_MS, check });

  await started('the gateway listens', () => runUrl(data, 'gateway'));
  const service = await openService({ data, subject: 'drill' }, ['inference', 'metrics', 'admin']);
  life.defer(() => service.close());
  await started('a model is ready', async () => {
    const answer = await service.send('GET', '/api/v1/health/ready');
    await answer.body.dump();
    return answer.statusCode === 200 || undefined;
  });
  for (const job of JOBS) {
    await started(
      `Prometheus scrapes ${job}`,
      async () => (await prometheus.value(`up{job="${job}"}`)) === 1 || undefined,
    );
  }
  await started('signs of life reach the actions process', async () => {
    const run = findActions(data);
    if (run === undefined) return undefined;
    const { body } = await askActions(data, run, '/health');
    // Of our own process: the field is there once the alert that always fires has come.
    return (body as { watchdogAgeMs?: number }).watchdogAgeMs !== undefined || undefined;
  });
  await started('nothing fires', async () => (await prometheus.firing()).length === 0 || undefined);

  let lastKnown = 0;
  const decisions = async (): Promise<readonly DecisionRow[]> => {
    const run = findActions(data);
    if (run === undefined) throw new Error('the actions process does not run');
    const { body } = await askActions(data, run, '/api/v1/actions?limit=1000');
    return (body as { actions: DecisionRow[] }).actions; // the document of our own process
  };
  const running: Traffic[] = [];
  const stopTraffic = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  };
  life.defer(stopTraffic);
  const pids = (name: ProcessName): readonly number[] => processesOf(supervisor.pid, name);
  return {
    ...place,
    ...{ profile, signal, minutes, supervisor, service, prometheus, pids, until },
    signalTo(name, wanted) {
      const found = pids(name);
      if (found.length === 0) throw new Error(`no ${name} runs`);
      for (const pid of found) process.kill(pid, wanted);
    },
    configure: (more) => writeFileSync(configFile, stringify(mergeSettings(all, more))),
    configureText: (text) => writeFileSync(configFile, text),
    async decisionsSince(id) {
      return (await decisions()).filter((each) => each.id > id);
    },
    lastReason: async (action) => (await decisions()).find((each) => each.action === action)?.reason,
    async lastDecision() {
      // While the process stands still it decides nothing.
      const known = await decisions().catch(() => []);
      lastKnown = Math.max(lastKnown, ...known.map(({ id }) => id));
      return lastKnown;
    },
    traffic(perSecond, request) {
      const one = startTraffic({ service, perSecond }, request);
      running.push(one);
      return one;
    },
    stopTraffic,
  };
};

/** What a process says of itself in the data folder; throws while it does not. */
const runUrl = (data: string, name: string): string =>
  JSON.parse(readFileSync(join(dataPaths(data).run, `${name}.json`), 'utf8')).url;
