/** What is deployed: images by their version, and the configuration as it was then. */
export interface Release {
  readonly version: string;
  readonly variant: string;
  /** SHA-256 of the configuration file, which is kept beside the state. */
  readonly config: string;
}

/** The steps of a deployment; each can be done again after a crash in the middle of it. */
export const STEPS = ['check', 'pull', 'configure', 'start', 'watch'] as const;
export type Step = (typeof STEPS)[number];

/** Kept on disk after every change. */
export interface DeployState {
  readonly current?: Release;
  readonly previous?: Release;
  readonly underWay?: { readonly target: Release; readonly step: Step; readonly isRollback: boolean };
  /** Why the last attempt was given up. */
  readonly failure?: string;
}

export type Happening =
  | { readonly kind: 'wanted'; readonly release: Release }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/** From here on the old release may have been touched, so that a failure must bring it back. */
const TOUCHES: readonly Step[] = ['start', 'watch'];

/** What becomes of a deployment; pure, so that every crash and failure can be played. What to do next is `underWay`. */
export const advance = (state: DeployState, happening: Happening): DeployState => {
  const { current, previous, underWay } = state;
  switch (happening.kind) {
    case 'wanted':
      if (underWay === undefined && current !== undefined && isSame(current, happening.release)) return state;
      return { ...kept(current, previous), underWay: { target: happening.release, step: 'check', isRollback: false } };
    case 'unwanted':
      if (previous === undefined) return { ...state, failure: 'there is no release before this one' };
      return { ...kept(current, previous), underWay: { target: previous, step: 'check', isRollback: false } };
    case 'done':
      return underWay === undefined ? state : afterStep(state, underWay);
    case 'failed':
      return underWay === undefined ? state : afterFailure(state, underWay, happening.reason);
  }
};

const afterStep = (state: DeployState, underWay: NonNullable<DeployState['underWay']>): DeployState => {
  const { target, step, isRollback } = underWay;
  const next = STEPS[STEPS.indexOf(step) + 1];
  if (next !== undefined) return { ...state, underWay: { ...underWay, step: next } };
  // A release that is brought back was current all the time.
  if (isRollback) return { ...kept(target, state.previous), ...failureOf(state) };
  const isAgain = state.current !== undefined && isSame(state.current, target);
  return kept(target, isAgain ? state.previous : state.current);
};

const afterFailure = (
  { current, previous }: DeployState,
  { target, step, isRollback }: NonNullable<DeployState['underWay']>,
  reason: string,
): DeployState => {
  const failure = `${target.version}: ${step}: ${reason}`;
  const mustReturn = !isRollback && TOUCHES.includes(step) && current !== undefined;
  if (!mustReturn) return { ...kept(current, previous), failure };
  // What ran a moment ago was checked and pulled then; its images are still here.
  return { ...kept(current, previous), failure, underWay: { target: current, step: 'configure', isRollback: true } };
};

const kept = (current: Release | undefined, previous: Release | undefined): DeployState => ({
  ...(current === undefined ? {} : { current }),
  ...(previous === undefined ? {} : { previous }),
});

const failureOf = ({ failure }: DeployState): Pick<DeployState, 'failure'> =>
  failure === undefined ? {} : { failure };

/** Whether two of them are the same to whoever runs them. */
export const isSame = (one: Release, other: Release): boolean =>
  one.version === other.version && one.variant === other.variant && one.config === other.config;
