import type { Random } from './random.ts';

/** How a type is judged: `core` must reach the bars, `context` counts only beside a word that says what it is, `heuristic` is a guess. */
export type Judged = 'core' | 'context' | 'heuristic';

/** Everything that the corpus labels, in the order of the report. */
export const TYPES = {
  'cn.resident-id': 'core',
  'cn.resident-id-15': 'context',
  'cn.mobile': 'core',
  'cn.landline': 'core',
  'cn.bank-card': 'core',
  'cn.uscc': 'core',
  'cn.passport': 'context',
  'cn.permit': 'context',
  'cn.plate': 'context',
  'cn.medical-record': 'context',
  'us.ssn': 'core',
  'us.itin': 'core',
  'us.phone': 'core',
  'us.passport': 'context',
  'us.licence': 'context',
  'eu.iban': 'core',
  'eu.phone': 'core',
  'global.email': 'core',
  'global.card': 'core',
  'global.ipv4': 'core',
  'global.ipv6': 'core',
  'global.mac': 'core',
  'global.url-credentials': 'core',
  'global.birth-date': 'context',
  'secrets.vendor-key': 'core',
  'secrets.jwt': 'core',
  'secrets.pem': 'core',
  'secrets.header': 'core',
  'secrets.password': 'core',
  'cn.name': 'heuristic',
  'cn.address': 'heuristic',
} as const satisfies Readonly<Record<string, Judged>>;

export type ValueType = keyof typeof TYPES;

// Safe: the keys of a table written above.
export const TYPE_NAMES = Object.keys(TYPES) as readonly ValueType[];

/** A private value in a text, in UTF-16 units. */
export interface Span {
  readonly type: ValueType;
  readonly start: number;
  readonly end: number;
}

/** What may be replaced or not, such as the user in a URL beside its password: judged neither way. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface LabelledText {
  readonly id: string;
  /** What the text is made from: failures of one carrier have one cause. */
  readonly carrier: string;
  readonly text: string;
  readonly spans: readonly Span[];
  readonly neutral: readonly Range[];
}

export type Language = 'zh' | 'en';

/** Ways to write a value that a reader takes for the same one. */
export type Disguise = 'full-width' | 'zero-width' | 'exotic-dash' | 'exotic-space' | 'line-break' | 'full-width-at';

/** Writes the values of one type. */
export interface Maker {
  readonly type: ValueType;
  /** Where such values are written. */
  readonly languages: readonly Language[];
  /** Words in front of the value, by language. */
  readonly labels: Readonly<Record<Language, readonly string[]>>;
  /** Names of fields, columns and parameters. */
  readonly keys: readonly string[];
  /** Without its word the value could be anything. */
  readonly needsLabel?: true;
  readonly disguises: readonly Disguise[];
  readonly make: (random: Random) => string;
}
