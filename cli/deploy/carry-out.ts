import { advance, type DeployState, type Happening, type Release, type Step } from './machine.ts';

/** Whatever runs containers. Each step may be done twice, and throws with the reason why it cannot be done. */
export type ContainerEngine = Readonly<Record<Step, (release: Release, signal: AbortSignal) => Promise<void>>>;

interface Deps {
  readonly engine: ContainerEngine;
  /** Keeps the state where a crash does not take it. */
  readonly save: (state: DeployState) => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Does what a state says is under way until nothing is. Ended in the middle, it is taken up with the state last saved. */
export const carryOut = async (from: DeployState, { engine, save, say, signal }: Deps): Promise<DeployState> => {
  let state = from;
  while (state.underWay !== undefined) {
    await save(state);
    const { target, step, isRollback } = state.underWay;
    say(`${isRollback ? 'back to ' : ''}${target.version}: ${step}`);
    const happening = await attempt(() => engine[step](target, signal));
    signal.throwIfAborted();
    if (happening.kind === 'failed') say(`${target.version}: ${step} failed: ${happening.reason}`);
    state = advance(state, happening);
  }
  await save(state);
  return state;
};

const attempt = async (act: () => Promise<void>): Promise<Happening> => {
  try {
    await act();
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};
