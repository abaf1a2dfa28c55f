export type Probe = 'ready' | 'not_ready' | 'unreachable';

/** One model as the health page of the gateway tells of it. */
export interface ModelHealth {
  readonly id: string;
  readonly status: string;
  readonly decoding: number;
}

export interface BreakerView {
  readonly model: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly reason?: string | undefined;
}

/** What the gateway says of itself, where it answers. */
export interface GatewayFacts {
  readonly isDraining: boolean;
  readonly models: readonly ModelHealth[];
  readonly breakers: readonly BreakerView[];
}

export type BreakerPlan =
  | { readonly kind: 'nothing'; readonly reason: string }
  /** Nobody can be asked: a note makes it start half open. */
  | { readonly kind: 'note'; readonly models: readonly string[] | undefined }
  | { readonly kind: 'set'; readonly open: readonly string[]; readonly halfOpen: readonly string[] };

/** What an opened breaker says of who opened it; others are left alone. */
export const OUR_REASON = 'alert: ';

/** Prometheus says that it is down; what the probes say decides whether that is so, and which way. */
export const planFor = (
  probes: readonly Probe[],
  facts: GatewayFacts | undefined,
  only: string | undefined,
): BreakerPlan => {
  if (probes.some((probe) => probe === 'ready'))
    return {
      kind: 'nothing',
      reason: 'an independent probe finds the service ready: Prometheus alone says that it is not',
    };
  // One that answered the last probe is alive, whatever the first ones met.
  if (probes.at(-1) === 'unreachable' || facts === undefined)
    return { kind: 'note', models: only === undefined ? undefined : [only] };
  if (facts.isDraining) return { kind: 'nothing', reason: 'the gateway is stopping, as it was told to' };
  return planFrom(facts, only);
};

/** Those that load now may be there any moment: a trickle waits for them. */
const LOADING: ReadonlySet<string> = new Set(['loading', 'fetching']);
/** Loaded by the first request for it: that it is not there now is as it should be. */
const ASLEEP = 'absent';

const planFrom = ({ models, breakers }: GatewayFacts, only: string | undefined): BreakerPlan => {
  const stuck = models.filter(
    ({ id, decoding, status }) => decoding === 0 && status !== ASLEEP && (only === undefined || id === only),
  );
  const closed = stuck.filter(({ id }) => breakers.some(({ model, state }) => model === id && state === 'closed'));
  if (closed.length > 0) {
    const isLoading = ({ status }: ModelHealth) => LOADING.has(status);
    return {
      kind: 'set',
      open: closed.filter((model) => !isLoading(model)).map(({ id }) => id),
      halfOpen: closed.filter(isLoading).map(({ id }) => id),
    };
  }
  const reason =
    stuck.length === 0
      ? 'every model that is to be there decodes'
      : `the breaker of ${stuck.map(({ id }) => id).join(', ')} is not closed already`;
  return { kind: 'nothing', reason };
};

/** Ours that are open still: they go half open, never straight to closed. */
export const toRelease = (opened: readonly string[], breakers: readonly BreakerView[]): readonly string[] =>
  breakers
    .filter(({ model, state, reason }) => state === 'open' && opened.includes(model) && reason?.startsWith(OUR_REASON))
    .map(({ model }) => model);
