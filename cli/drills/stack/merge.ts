/** Part of `clawdbot.yaml` as a value. */
export type Settings = Readonly<Record<string, unknown>>;

const isSection = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Settings on top of others: sections are joined, everything else is replaced. */
export const mergeSettings = (base: Settings, ...more: readonly Settings[]): Settings => more.reduce(joinTwo, base);

const joinTwo = (base: Settings, next: Settings): Settings => {
  const joined = Object.entries(next).map(([key, value]) => {
    const old = base[key];
    return [key, isSection(value) && isSection(old) ? joinTwo(old, value) : value];
  });
  return { ...base, ...Object.fromEntries(joined) };
};
