/** Why something leaves the machine. A new way out adds its purpose here, and only here. */
export const PURPOSES = [
  'upstream',
  'callback',
  'jwks',
  'model-download',
  'otlp',
  'email',
  'sms',
  'webhook',
  'scale',
  'store',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What leaves with it, from least to most; whoever may get one class may get those before it too. */
export const DATA_CLASSES = ['none', 'metadata', 'redacted', 'prompt'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Is this class within what was permitted? */
export const covers = (permitted: DataClass, wanted: DataClass): boolean =>
  DATA_CLASSES.indexOf(permitted) >= DATA_CLASSES.indexOf(wanted);
