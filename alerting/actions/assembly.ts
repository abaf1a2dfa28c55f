import { ServiceError } from '../../core/errors/service-error.ts';
import type { Action, ActionContext } from './action.ts';
import type { CompiledPolicy } from './policy/compile.ts';

/**
 * Starts every action of the policy and the registry. One that does not start costs itself alone: whether people are told must
 * not depend on whether a cluster can be scaled. A mistake in the configuration is named instead, before anything runs.
 */
export const startPlugins = async (
  { plugins, optionsOf }: CompiledPolicy,
  contextOf: (name: string) => ActionContext,
  {
    life,
    onBroken,
  }: { readonly life: AsyncDisposableStack; readonly onBroken: (name: string, error: unknown) => void },
): Promise<ReadonlyMap<string, Action>> => {
  const actions = new Map<string, Action>();
  for (const [name, plugin] of plugins) {
    try {
      const action = await plugin.start({ ...contextOf(name), config: plugin.config(optionsOf(name)) });
      life.defer(() => action.stop());
      actions.set(name, action);
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ERR_CONFIG_INVALID') throw error;
      onBroken(name, error);
      actions.set(name, broken(error instanceof Error ? error.message : String(error)));
    }
  }
  return actions;
};

const broken = (why: string): Action => ({
  perform: async () => ({ outcome: 'failed', reason: `it did not start: ${why}` }),
  stop: async () => undefined,
});
