import { setTimeout as wait } from 'node:timers/promises';
import { leaveNote, removeNote } from '../../../core/resilience/half-open-note.ts';
import type { ActionContext, Outcome } from '../action.ts';
import type { BreakerBounds } from './bounds.ts';
import { type BreakerPlan, OUR_REASON, type Probe, planFor, toRelease } from './decide.ts';
import { readBreakers, readFacts, setBreaker } from './gateway.ts';

type Deps = Pick<ActionContext, 'state' | 'now' | 'gateway' | 'notify' | 'paths'>;

/** One outage that Prometheus tells of. */
export interface Incident {
  readonly id: string;
  /** Of its alert. */
  readonly name: string;
  readonly bounds: BreakerBounds;
  readonly isDry: boolean;
}

/** What was done about one of them; kept over restarts. */
interface Done {
  readonly opened: readonly string[];
  /** Milliseconds since 1970, when the note was left. */
  readonly notedAt?: number;
  readonly isDry?: true;
}

const KEY = 'incidents';
const NOTHING_YET: Done = { opened: [] };

export type Breaking = ReturnType<typeof createBreaker>;

/** Probes, decides and acts; what it did it remembers before it does it. */
export const createBreaker = ({ state, now, gateway, notify, paths: { halfOpen: file } }: Deps) => {
  // Safe: nobody else writes under this key.
  const incidents = (): Readonly<Record<string, Done>> => (state.get(KEY) ?? {}) as Record<string, Done>;
  const remember = (id: string, done: Done) => state.put(KEY, { ...incidents(), [id]: done });
  const forgetOne = (id: string) => {
    const { [id]: _gone, ...others } = incidents();
    return state.put(KEY, others);
  };

  const probeAll = async ({ probes, probeGapMs }: BreakerBounds, signal: AbortSignal): Promise<readonly Probe[]> => {
    const found: Probe[] = [];
    for (let index = 0; index < probes; index += 1) {
      if (index > 0) await wait(probeGapMs, undefined, { signal });
      found.push(await gateway.probe(signal));
      if (found.at(-1) === 'ready') break;
    }
    return found;
  };

  const act = async (incident: Incident, signal: AbortSignal): Promise<Outcome> => {
    const probes = await probeAll(incident.bounds, signal);
    const facts = probes.at(-1) === 'not_ready' ? await readFacts(gateway) : undefined;
    const plan = planFor(probes, facts, incident.bounds.model);
    if (plan.kind === 'nothing') return { outcome: 'nothing', reason: plan.reason };
    const text = wordsOf(plan, incident.bounds);
    if (incident.isDry) {
      await remember(incident.id, { ...NOTHING_YET, isDry: true });
      return { outcome: 'dry_run', reason: `would do: ${text}` };
    }
    await carryOut(incident, plan);
    await notify({ severity: 'info', title: `Circuit breaker: ${incident.name}`, text, incident: incident.id });
    return { outcome: 'done', reason: text };
  };

  const carryOut = async (incident: Incident, plan: BreakerPlan & { kind: 'note' | 'set' }): Promise<void> => {
    const { id, bounds } = incident;
    const reason = `${OUR_REASON}${incident.name}`;
    const before = incidents()[id] ?? NOTHING_YET;
    if (plan.kind === 'note') {
      const models = plan.models === undefined ? {} : { models: [...plan.models] };
      await leaveNote(file, { ...models, reason, expiresAt: now() + bounds.expiresMs });
      return remember(id, { ...before, notedAt: now() });
    }
    await remember(id, { opened: [...new Set([...before.opened, ...plan.open])] });
    for (const model of plan.open)
      await setBreaker(gateway, { model, state: 'open', reason, expiresMs: bounds.expiresMs });
    for (const model of plan.halfOpen) await setBreaker(gateway, { model, state: 'half_open', reason });
  };

  /** Half-opens what was opened for it, never straight to closed. */
  const release = async (id: string, why: string): Promise<Outcome> => {
    const { opened = [], notedAt } = incidents()[id] ?? NOTHING_YET;
    const models = opened.length === 0 ? [] : toRelease(opened, await readBreakers(gateway));
    for (const model of models)
      await setBreaker(gateway, { model, state: 'half_open', reason: `${OUR_REASON}${why}`.slice(0, 200) });
    if (notedAt !== undefined) await removeNote(file);
    await forgetOne(id);
    if (models.length > 0) return { outcome: 'done', reason: `half open: ${models.join(', ')}: ${why}` };
    return { outcome: 'nothing', reason: `no breaker is open: ${why}` };
  };

  /** What goes on about an outage that lasts; undefined: nothing new. */
  const look = async (incident: Incident, signal: AbortSignal): Promise<Outcome | undefined> => {
    const done = incidents()[incident.id];
    if (done?.isDry) return undefined;
    if (done === undefined || !isSettled(done)) return act(incident, signal);
    const probe = await gateway.probe(signal);
    if (probe === 'ready') return release(incident.id, 'a probe finds the service ready');
    if (probe === 'not_ready') {
      // It answers again: what it needs now is decided anew, as if nobody had left a note.
      return done.notedAt === undefined ? undefined : anew(incident, done, signal);
    }
    const isNoted = done.notedAt !== undefined && now() - done.notedAt < incident.bounds.expiresMs / 2;
    return isNoted ? undefined : act(incident, signal);
  };

  const anew = async (incident: Incident, { opened }: Done, signal: AbortSignal): Promise<Outcome> => {
    // It has read the note, or was only deaf and needs none.
    await removeNote(file);
    await remember(incident.id, { opened });
    return act(incident, signal);
  };

  return {
    act,
    look,
    release,
    /** Lets go of outages whose end was never told. */
    async forget(isFiring: ReadonlySet<string>): Promise<void> {
      for (const id of Object.keys(incidents()))
        if (!isFiring.has(id)) await release(id, 'its alert fires no more').catch(() => undefined);
    },
  };
};

/** False: looked at, and nothing of it lasts. */
const isSettled = ({ opened, notedAt }: Done): boolean => opened.length > 0 || notedAt !== undefined;

const wordsOf = (plan: BreakerPlan & { kind: 'note' | 'set' }, { expiresMs }: BreakerBounds): string => {
  if (plan.kind === 'note') return 'the gateway does not answer: it will start half open';
  const opened = `opened for ${plan.open.join(', ')}, half open by itself after ${Math.round(expiresMs / 1000)} s`;
  const tried = `half open for ${plan.halfOpen.join(', ')}, which load`;
  return [...(plan.open.length > 0 ? [opened] : []), ...(plan.halfOpen.length > 0 ? [tried] : [])].join('; ');
};
