import type { Drill, Told } from './drill.ts';
import type { Profile } from './profile.ts';
import type { DrillResult } from './result.ts';
import { openPlace, type Place } from './stack/folder.ts';
import { findLogLine, nameOfTrace } from './stack/logs.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { openEars } from './told.ts';

export interface DrillOptions {
  readonly profile: Profile;
  readonly signal: AbortSignal;
  /** How long a drill lasts that is about time; default 30. */
  readonly minutes?: number;
  /** Told what is going on. */
  readonly say: (text: string) => void;
}

/** Runs one drill on a service of its own. What goes wrong is in the result; all that was started has ended when it resolves. */
export const runDrill = async (drill: Drill, options: DrillOptions): Promise<DrillResult> => {
  const missing = drill.missing?.(options.profile.name);
  const blank: DrillResult = { ...EMPTY, name: drill.name, expected: drill.alerts, symptoms: drill.symptoms ?? [] };
  if (missing !== undefined) return { ...blank, outcome: 'skipped', problems: [missing] };
  let place: Place | undefined;
  try {
    place = await openPlace();
    return { ...blank, ...(await perform(drill, place, options)) };
  } catch (error) {
    options.signal.throwIfAborted();
    const text = error instanceof Error ? error.message : String(error);
    return { ...blank, outcome: 'failed', problems: [text] };
  } finally {
    await place?.life.disposeAsync();
  }
};

const MINUTES = 30;
const EMPTY = { outcome: 'failed', problems: [], fired: [], told: '', figures: [] } as const;

type Measured = Omit<DrillResult, 'name' | 'expected' | 'symptoms'>;

const perform = async (
  drill: Drill,
  place: Place,
  { profile, signal, say, minutes = MINUTES }: DrillOptions,
): Promise<Measured> => {
  say('starting a service');
  await drill.prepare?.(place);
  const stack = await startStack({ place, profile, settings: drill.settings?.(place) ?? {}, minutes, signal });
  if (drill.requestsPerSecond !== undefined) stack.traffic(drill.requestsPerSecond);

  say('breaking it');
  const before = await openEars(stack);
  const startedAt = Date.now();
  await drill.inject(stack);
  const panel = await waitForAlerts(drill, stack);
  const actionAt = await hearAll(stack, drill.told, before.hear);
  const figures = (await drill.meanwhile?.(stack)) ?? [];

  say('mending it');
  const after = await openEars(stack);
  const recoveredAt = Date.now();
  await drill.recover(stack);
  await stack.until('nothing fires any more', async () => (await stack.prometheus.firing()).length === 0 || undefined);
  const clearedAt = await hearAll(stack, drill.cleared, after.hear);

  const fired = await stack.prometheus.firedFor((Date.now() - startedAt) / 1000);
  const names = [...new Set(fired.map(({ name }) => name))].filter((name) => name !== 'Watchdog').toSorted();
  const first = Math.min(...fired.filter(({ name }) => name === drill.alerts[0]).map(({ from }) => from * 1000));
  const trace = drill.log;
  const isLogged = trace !== undefined && findLogLine(place.data, trace) !== undefined;
  const problems = [
    ...differences(names, drill),
    ...tooLate(drill, profile, actionAt === undefined ? undefined : actionAt - startedAt),
    ...(trace === undefined || isLogged ? [] : [`no log line says ${nameOfTrace(trace)}`]),
  ];
  return {
    outcome: problems.length === 0 ? 'passed' : 'failed',
    ...{ problems, fired: names, told: drill.told.map(nameOf)[0] ?? '', figures },
    ...(Number.isFinite(first) ? { detectionMs: Math.max(0, first - startedAt) } : {}),
    ...(actionAt === undefined ? {} : { actionMs: actionAt - startedAt }),
    ...(drill.barMs === undefined || profile.name !== 'real' ? {} : { barMs: drill.barMs }),
    recoveryMs: Math.max(Date.now(), clearedAt ?? 0) - recoveredAt,
    ...(panel === undefined ? {} : { panel }),
    ...(isLogged ? { log: nameOfTrace(trace) } : {}),
  };
};

const tooLate = ({ barMs }: Drill, { name }: Profile, actionMs: number | undefined): string[] =>
  barMs === undefined || name !== 'real' || (actionMs !== undefined && actionMs <= barMs)
    ? []
    : [`told after more than ${barMs / 1000} s`];

/** Waits for all of them; answers the panel that the first names. */
const waitForAlerts = async ({ alerts }: Drill, stack: Stack): Promise<string | undefined> => {
  let panel: string | undefined;
  for (const name of alerts) {
    const url = await stack.until(`${name} fires`, async () => {
      const found = (await stack.prometheus.firing()).find(({ labels }) => labels.alertname === name);
      return found?.annotations.dashboard_url;
    });
    panel ??= url;
  }
  return panel;
};

/** Waits for all; answers when the first came. */
const hearAll = async (
  stack: Stack,
  wanted: readonly Told[],
  hear: (told: Told) => Promise<boolean>,
): Promise<number | undefined> => {
  let first: number | undefined;
  for (const told of wanted) {
    await stack.until(nameOf(told), async () => (await hear(told)) || undefined);
    first ??= Date.now();
  }
  return first;
};

const differences = (fired: readonly string[], { alerts, symptoms = [] }: Drill): string[] => {
  const allowed: ReadonlySet<string> = new Set([...alerts, ...symptoms]);
  const unexpected = fired.filter((name) => !allowed.has(name));
  const absent = alerts.filter((name) => !fired.includes(name));
  return [
    ...(unexpected.length === 0 ? [] : [`fired although nobody expects it: ${unexpected.join(', ')}`]),
    ...(absent.length === 0 ? [] : [`did not fire: ${absent.join(', ')}`]),
  ];
};

const nameOf = (told: Told): string => {
  if (told.by === 'decision') return `${told.action} ${told.outcome}`;
  return told.by === 'sms' && told.provider !== undefined ? `SMS by the ${told.provider} provider` : WORDS[told.by];
};

const WORDS = { mail: 'e-mail', sms: 'SMS' } as const;
