import { resolve } from 'node:path';
import { isMapping } from './setting-path.ts';
import { listSettings } from './settings.ts';

/**
 * The values with every relative file path made absolute from a folder: settings marked as files, local model
 * sources, modules of engines, collectors, actions and notifiers that begin with a dot, and options of engines and notifiers
 * whose name ends in `File` or stands under `secretFiles`.
 */
export const resolvePaths = (root: unknown, folder: string): unknown => {
  const files = listSettings().filter(({ isFile }) => isFile);
  const resolved = files.reduce((value, { path }) => mapAt(value, path, (text) => absolute(text, folder)), root);
  const models = mapAt(resolved, ['models', '[]'], (model) => resolveModel(model, folder));
  const readers = mapAt(models, ['collectors', 'accelerators', '[]'], (name) => resolveModule(name, folder));
  const actions = mapAt(readers, ['actions', 'policy', '[]', 'action'], (name) => resolveModule(name, folder));
  return mapAt(actions, ['actions', 'notifiers', '[]'], (notifier) => resolveNotifier(notifier, folder));
};

const resolveNotifier = (notifier: unknown, folder: string): unknown => {
  const named = mapAt(notifier, ['use'], (name) => resolveModule(name, folder));
  return mapAt(named, ['options'], (options) =>
    isMapping(options)
      ? mapAt(resolveOptions(options, folder), ['secretFiles'], (files) =>
          isMapping(files) ? mapValues(files, (file) => absolute(file, folder)) : files,
        )
      : options,
  );
};

/** A plugin by its name stays as it is. */
const resolveModule = (name: unknown, folder: string): unknown =>
  typeof name === 'string' && /^\.{1,2}\//.test(name) ? resolve(folder, name) : name;

const resolveModel = (model: unknown, folder: string): unknown => {
  if (!isMapping(model)) return model;
  const sources = mapAt(model, ['sources', '[]'], (source) =>
    // Of a Python package the file is a path inside the package.
    isMapping(source) && source.python === undefined
      ? mapAt(source, ['file'], (text) => absolute(text, folder))
      : source,
  );
  const engines = mapAt(sources, ['engine'], (name) => resolveModule(name, folder));
  return mapAt(engines, ['options'], (options) => (isMapping(options) ? resolveOptions(options, folder) : options));
};

const resolveOptions = (options: Record<string, unknown>, folder: string): Record<string, unknown> =>
  mapValues(options, (value, key) => (key.endsWith('File') ? absolute(value, folder) : value));

const absolute = (value: unknown, folder: string): unknown =>
  typeof value === 'string' && value !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? resolve(folder, value) : value;

/** A copy with what lies at the path changed; what is not shaped like the path stays as it is. */
const mapAt = (value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown => {
  const [part, ...rest] = path;
  if (part === undefined) return change(value);
  if (part === '[]') return Array.isArray(value) ? value.map((entry) => mapAt(entry, rest, change)) : value;
  if (!isMapping(value) || !Object.hasOwn(value, part)) return value;
  return mapValues(value, (child, key) => (key === part ? mapAt(child, rest, change) : child));
};

const mapValues = (
  mapping: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> =>
  // fromEntries defines a key called __proto__ like any other, where an assignment would not.
  Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value, key)]));
