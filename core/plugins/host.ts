import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { closest, distance } from 'fastest-levenshtein';
import { ServiceError } from '../errors/service-error.ts';
import type { Manifest } from './plugin.ts';

/** The plugins of a process: its own by name, third parties' by the module that exports `plugin`. */
export interface Registry<P> {
  /** Names of the own plugins of a kind. */
  names(kind: Manifest['kind']): string[];
  /** Throws ERR_CONFIG_INVALID naming what there is when `name` is neither. */
  resolve(name: string, kind: Manifest['kind']): Promise<P>;
}

interface Pluggable {
  readonly manifest: Manifest;
}

/** Collects plugins from an explicit list; two with one id are refused before anything starts. */
export const createRegistry = <P extends Pluggable>(plugins: readonly P[]): Registry<P> => {
  const byId = new Map<string, P>();
  for (const plugin of plugins) {
    const { id, summary } = plugin.manifest;
    const other = byId.get(id)?.manifest.summary;
    if (other !== undefined) throw invalid(`plugin id ${id} is used twice: by "${other}" and by "${summary}"`);
    byId.set(id, plugin);
  }
  const names = (kind: Manifest['kind']): string[] =>
    plugins.filter(({ manifest }) => manifest.kind === kind).map(({ manifest }) => shortName(manifest));
  return {
    names,
    resolve: async (name, kind) => byId.get(`${kind}.${name}`) ?? (await importPlugin<P>(name, kind, names(kind))),
  };
};

const shortName = ({ id, kind }: Manifest): string => id.slice(kind.length + 1);

const importPlugin = async <P extends Pluggable>(name: string, kind: Manifest['kind'], known: string[]): Promise<P> => {
  const module = await importModule(name, kind, known);
  const plugin = typeof module === 'object' && module !== null && 'plugin' in module ? module.plugin : undefined;
  if (!isPlugin(plugin)) throw invalid(`${kind} module ${name}: expected an export "plugin" made by definePlugin`);
  if (plugin.manifest.kind !== kind) {
    throw invalid(`${kind} module ${name}: expected a plugin of kind ${kind}, got one of kind ${plugin.manifest.kind}`);
  }
  // Safe as far as can be known: its options and handle are typed by whoever wrote it for this kind.
  return plugin as P;
};

const importModule = async (name: string, kind: Manifest['kind'], known: string[]): Promise<unknown> => {
  try {
    return await import(isPath(name) ? pathToFileURL(resolvePath(name)).href : name);
  } catch (error) {
    if (!isPath(name) && isMissing(error, name)) throw invalid(unknownPlugin(name, kind, known), error);
    throw invalid(`${kind} module ${name} cannot be loaded: ${error instanceof Error ? error.message : error}`, error);
  }
};

const isPath = (name: string): boolean => /^(\.{1,2}\/|\/)/.test(name);

const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  // A missing dependency of an existing module is another mistake than a name nobody knows.
  ((error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${name}'`)) ||
    error.code === 'ERR_INVALID_MODULE_SPECIFIER');

const unknownPlugin = (name: string, kind: string, known: string[]): string => {
  const nearest = known.length === 0 ? undefined : closest(name, known);
  const hint = nearest !== undefined && distance(name, nearest) <= 3 ? `; did you mean ${nearest}?` : '';
  return `expected the name of an ${kind} plugin (${known.join(', ')}) or an installed module, got "${name}"${hint}`;
};

const isPlugin = (value: unknown): value is Pluggable => {
  if (typeof value !== 'object' || value === null || !('manifest' in value)) return false;
  const { manifest } = value;
  const isManifest =
    typeof manifest === 'object' &&
    manifest !== null &&
    'id' in manifest &&
    'kind' in manifest &&
    'summary' in manifest;
  return isManifest && 'config' in value && typeof value.config === 'function' && 'start' in value;
};

const invalid = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('ERR_CONFIG_INVALID', message, cause === undefined ? {} : { cause });
