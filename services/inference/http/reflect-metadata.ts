type Store = WeakMap<object, Map<unknown, unknown>>;

/**
 * Gives `Reflect` the four metadata functions that the dependency container inside @peculiar/x509 refuses to load
 * without. It only ever asks for what it stored itself, so a weak map does; a full polyfill already present is kept.
 */
export const installReflectMetadata = (): void => {
  if ('getMetadata' in Reflect) return;
  const store: Store = new WeakMap();
  const getOwnMetadata = (key: unknown, target: object): unknown => store.get(target)?.get(key);
  const defineMetadata = (key: unknown, value: unknown, target: object): void => {
    const entries = store.get(target) ?? new Map<unknown, unknown>();
    store.set(target, entries.set(key, value));
  };
  const metadata = (key: unknown, value: unknown) => (target: object) => defineMetadata(key, value, target);
  Object.assign(Reflect, { getMetadata: inherited(getOwnMetadata), getOwnMetadata, defineMetadata, metadata });
};

const inherited =
  (getOwn: (key: unknown, target: object) => unknown) =>
  (key: unknown, target: object): unknown => {
    for (let level: object | null = target; level !== null; level = Object.getPrototypeOf(level)) {
      const value = getOwn(key, level);
      if (value !== undefined) return value;
    }
    return undefined;
  };
