/** A condition on a label as Alertmanager reads it; JSON quotes text the way it wants. */
export const is = (label: string, value: string): string => `${label}=${JSON.stringify(value)}`;
export const isNot = (label: string, value: string): string => `${label}!=${JSON.stringify(value)}`;

/** One of several values, none of which may mean anything to a regular expression. */
export const isOneOf = (label: string, values: readonly string[]): string =>
  `${label}=~${JSON.stringify(values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'))}`;
