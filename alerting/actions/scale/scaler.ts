import { isDeepStrictEqual } from 'node:util';
import type { ActionContext, Firing, Outcome } from '../action.ts';
import { decide } from './decide.ts';
import { measureLoad } from './measures.ts';
import { NEW_STATE, type Reading, type ScaleDecision, type ScaleState } from './model.ts';
import { boundsOf, measureOptions, type RowBounds, type ScaleOptions } from './options.ts';
import type { ScaleTarget, TargetOutcome } from './targets/target.ts';

interface Deps extends Pick<ActionContext, 'state' | 'now' | 'notify' | 'gateway' | 'measure'> {
  readonly config: ScaleOptions;
  readonly target: ScaleTarget;
}

/** What is remembered of one model between two looks. */
interface Kept {
  readonly scale: ScaleState;
  /** Said already, until something else is true. */
  readonly told?: string | undefined;
  readonly pending?: Pending | undefined;
}

export interface Looked {
  readonly decision: ScaleDecision;
  readonly outcome: Outcome;
  /** It is not what it was at the last look. */
  readonly isNews: boolean;
}

/** A change that was decided, until its end is known. */
interface Pending {
  readonly kind: 'out' | 'in';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly key: string;
  readonly at: number;
}

interface Done {
  readonly model: string;
  readonly pending: Pending;
  readonly done: TargetOutcome;
  readonly scale: ScaleState;
  readonly before: Kept;
  readonly firing: readonly Firing[];
}

/** What a person is told once, as long as it lasts. */
const TELLING: ReadonlySet<string> = new Set(['no_capacity', 'no_help', 'max']);
const OK = 200;

/** Looks at one model, decides, and does it; everything that lasts is in the state. */
export const createScaler = (deps: Deps) => {
  const { config, target, state, now, notify } = deps;

  const isDry = (firing: readonly Firing[]): boolean =>
    config.scale.dryRun || (firing.length > 0 && firing.every(({ dryRun }) => dryRun));

  const look = async (model: string, firing: readonly Firing[], signal: AbortSignal): Promise<Looked> => {
    const kept = keptOf(state.get(keyOf(model)));
    const row = rowOf(firing);
    const reading = await read(model, firing.length > 0, signal);
    const resumed = await resume(model, kept, reading, firing, signal);
    if (resumed !== undefined) return resumed;
    const { decision, state: after } = decide(kept.scale, reading, boundsOf(config, row));
    if (decision.kind === 'nothing') {
      const told = await tell(model, decision, kept.told, firing);
      await keep(model, kept, { scale: after, told });
      const isNews = decision.why !== 'steady' && decision.why !== 'cooldown' && told !== kept.told;
      return {
        decision,
        outcome: { outcome: 'nothing', reason: decision.reason, details: { model, why: decision.why } },
        isNews,
      };
    }
    const details = { model, from: decision.from, to: decision.to };
    if (isDry(firing)) {
      const told = `dry ${decision.kind} ${decision.to}`;
      // What was only decided did not happen: it is decided again, and said once.
      await keep(model, kept, { scale: { ...kept.scale, seen: reading.replicas }, told });
      return {
        decision,
        outcome: { outcome: 'dry_run', reason: `would scale ${decision.reason}`, details },
        isNews: told !== kept.told,
      };
    }
    const key = `scale-${model}-${decision.to}-${after.stepAt ?? 0}`;
    const pending = { ...decision, key, at: reading.at };
    // Before the change: whoever dies in between makes the same change again, and takes it for no person's.
    await keep(model, kept, { scale: after, told: kept.told, pending });
    const done = await target.change({ model, ...decision, key }, signal);
    return conclude({ model, pending, done, scale: after, before: kept, firing });
  };

  /** A change that nobody saw the end of, made again or found to be made; undefined: there is none. */
  const resume = async (
    model: string,
    kept: Kept,
    { replicas, at }: Reading,
    firing: readonly Firing[],
    signal: AbortSignal,
  ): Promise<Looked | undefined> => {
    const { pending } = kept;
    // Both ways: after the clock was set back by more, nobody knows how old it is.
    if (pending === undefined || Math.abs(at - pending.at) > config.scale.cooldownMs) return undefined;
    if (replicas !== pending.from && replicas !== pending.to) return undefined;
    const done = replicas === pending.to ? { replicas } : await target.change({ model, ...pending }, signal);
    const scale = { ...kept.scale, seen: pending.from, pendingFrom: undefined, stepAt: undefined };
    return conclude({ model, pending, done, scale: kept.scale, before: { ...kept, scale }, firing });
  };

  const read = async (model: string, isAlerted: boolean, signal: AbortSignal): Promise<Reading> => {
    const [found, measured] = await Promise.all([
      target.read(model, signal),
      measureLoad(deps.measure, measureOptions(config, model)),
    ]);
    const { replicas, room, configured, changedBy } = found;
    return {
      ...{ at: now(), replicas, room, configured, changedBy, isAlerted },
      ...(measured.isFresh
        ? { load: measured.load(replicas) }
        : { load: undefined, staleBecause: `nothing: ${measured.because}` }),
    };
  };

  const conclude = async ({ model, pending, done, scale, before, firing }: Done): Promise<Looked> => {
    const { at: _at, key: _key, ...decision } = pending;
    const { kind, from, to, reason } = decision;
    const details = { model, from, to: done.replicas };
    const obstacle = done.reason ?? 'no more';
    if (done.replicas === from) {
      const text = `nothing: no capacity: ${obstacle}`;
      const told =
        kind === 'in' ? undefined : await tell(model, { why: 'no_capacity', reason: text }, before.told, firing);
      // As if it had never been decided, so that it is tried again without waiting.
      await keep(model, { scale, pending }, { scale: before.scale, told });
      return { decision, outcome: { outcome: 'nothing', reason: text, details }, isNews: told !== before.told };
    }
    const text = done.replicas === to ? reason : `${reason}, came to ${done.replicas}: ${obstacle}`;
    const title = `${model}: ${kind === 'out' ? 'scaled out' : 'scaled in'} to ${done.replicas}`;
    await notify({ severity: 'info', title, text, ...incidentOf(firing) });
    await keep(model, { scale, pending }, { scale: { ...scale, seen: done.replicas } });
    return { decision, outcome: { outcome: 'done', reason: text, details }, isNews: true };
  };

  /** Says once what keeps capacity from being added; answers what has been said. Before an alert nobody is bothered. */
  const tell = async (
    model: string,
    { why, reason }: Pick<ScaleDecision & { kind: 'nothing' }, 'why' | 'reason'>,
    told: string | undefined,
    firing: readonly Firing[],
  ): Promise<string | undefined> => {
    // While a change takes effect, what was said before is still said.
    if (why === 'cooldown') return told;
    if (why === 'steady') return undefined;
    if (firing.length === 0) return `early ${why}`;
    if (isDry(firing)) return why;
    if (why === 'no_capacity') await shed(model, reason, firing, told !== why);
    else if (TELLING.has(why) && told !== why) await warn(model, reason, firing);
    return why;
  };

  /** Keeps out what is least missed, again and again while there is no capacity; people are told at first. */
  const shed = async (model: string, reason: string, firing: readonly Firing[], isFirst: boolean): Promise<void> => {
    const { shedMs: forMs } = config.scale;
    const done = forMs === 0 ? false : await put(deps, { forMs, reason: `no capacity for ${model}` });
    const also = done ? ' Requests of low priority are refused meanwhile.' : '';
    if (isFirst) await warn(model, `${reason}.${also}`, firing);
  };

  const warn = (model: string, text: string, firing: readonly Firing[]): Promise<void> =>
    notify({
      ...{ severity: 'warning', title: `${model}: more capacity is needed and not added`, text },
      ...incidentOf(firing),
    });

  const keep = async (model: string, before: Kept, after: Kept): Promise<void> => {
    // As it will be read back: what is undefined is not kept.
    const plain: unknown = JSON.parse(JSON.stringify(after));
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(before)), plain)) await state.put(keyOf(model), plain);
  };

  return { look };
};

const incidentOf = (firing: readonly Firing[]) => (firing[0] === undefined ? {} : { incident: firing[0].incident });

const keyOf = (model: string): string => `model/${model}`;

// Safe: nobody else writes under this key.
const keptOf = (value: unknown): Kept => (value === undefined ? { scale: NEW_STATE } : (value as Kept));

/** The narrowest bounds of the rows that ask. */
const rowOf = (firing: readonly Firing[]): RowBounds => (firing[0]?.bounds ?? {}) as RowBounds; // checked by `rowBounds`

const put = async ({ gateway }: Pick<Deps, 'gateway'>, body: object): Promise<boolean> => {
  try {
    return (await gateway.ask('PUT', '/api/v1/admin/shedding', body)).status === OK;
  } catch {
    return false;
  }
};
