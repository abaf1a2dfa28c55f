import { z } from 'zod';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { createRegistry } from '../../../core/plugins/host.ts';
import type { ActionPlugin } from '../action.ts';
import { ACTIONS, type ActionEntry } from '../registry.ts';
import type { PolicyRow } from './policy.ts';

/** What the configuration wants done, and by what. */
export interface CompiledPolicy {
  readonly rows: readonly PolicyRow[];
  /** Every action there is, also those that no row names: they may tell people. By name. */
  readonly plugins: ReadonlyMap<string, ActionPlugin>;
  readonly optionsOf: (name: string) => unknown;
}

/** Finds the action of every row and checks its bounds; throws ERR_CONFIG_INVALID with every mistake. */
export const compilePolicy = async (
  config: Config,
  entries: readonly ActionEntry[] = ACTIONS,
): Promise<CompiledPolicy> => {
  const registry = createRegistry(entries.map(({ plugin }) => plugin));
  const plugins = new Map<string, ActionPlugin>(entries.map(({ plugin }) => [nameOf(plugin), plugin]));
  const problems: string[] = [];
  const rows: PolicyRow[] = [];
  for (const [at, row] of config.actions.policy.entries()) {
    const where = `actions.policy[${at}]`;
    try {
      const plugin = plugins.get(row.action) ?? (await registry.resolve(row.action, 'action'));
      rows.push({ ...row, action: bring(plugins, plugin), bounds: checkBounds(plugin, row.bounds) });
    } catch (error) {
      problems.push(...sentencesOf(error).map((text) => `${where}${text}`));
    }
  }
  if (problems.length > 0) {
    const details = { problems: problems.map((message) => ({ message })) };
    throw new ServiceError('ERR_CONFIG_INVALID', problems.join('\n'), { details });
  }
  const options = new Map(entries.map((entry) => [nameOf(entry.plugin), entry.options]));
  return { rows, plugins, optionsOf: (name) => options.get(name)?.(config) ?? {} };
};

/** A module goes by the name in its manifest, like our own. */
const bring = (plugins: Map<string, ActionPlugin>, plugin: ActionPlugin): string => {
  const name = nameOf(plugin);
  const other = plugins.get(name);
  if (other === undefined) plugins.set(name, plugin);
  else if (other !== plugin) {
    throw new ServiceError('ERR_CONFIG_INVALID', `expected a module with an id of its own, got ${plugin.manifest.id}`);
  }
  return name;
};

const nameOf = ({ manifest }: ActionPlugin): string => manifest.id.replace(/^action\./, '');

const checkBounds = (plugin: ActionPlugin, raw: Readonly<Record<string, unknown>>): unknown => {
  if (plugin.bounds !== undefined) return plugin.bounds(raw);
  const [unknown] = Object.keys(raw);
  if (unknown === undefined) return {};
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `.bounds: expected none for ${nameOf(plugin)}, got ${unknown}; remove it`,
  );
};

const sentencesOf = (error: unknown): readonly string[] => {
  if (error instanceof z.ZodError)
    return error.issues.map(
      ({ path, message }) => `.bounds${path.map((part) => `.${String(part)}`).join('')}: ${message}`,
    );
  const message = error instanceof Error ? error.message : String(error);
  return [message.startsWith('.') ? message : `.action: ${message}`];
};
