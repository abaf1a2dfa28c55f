/** One kind of secret, as the second line of defence looks for it. */
export interface SecretPattern {
  readonly id: string;
  /** Means the same to JavaScript, RE2 (Filebeat), Onigmo (Logstash) and Java (Elasticsearch); holds no `'`. */
  readonly pattern: string;
  /** What is written instead; refers to no group, because each of them spells that in its own way. */
  readonly mask: string;
}

/** Where a pattern is applied: to a line of JSON as it was written, or to a text that was taken out of it. */
export type SecretPlace = 'line' | 'text';

/** In a line a bare quotation mark ends a text: eating it would break the JSON. */
const QUOTE: Readonly<Record<SecretPlace, string>> = { line: '(?:\\\\"|\\x27)', text: '(?:\\\\?"|\\x27)' };

const NAMES = '(?:password|passwd|passphrase|secret|api[_-]?key|(?:access|refresh|id)[_-]?token)';

const VENDORS = [
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  'AIza[A-Za-z0-9_-]{35}',
  'gh[pousr]_[A-Za-z0-9]{36,}',
  'glpat-[A-Za-z0-9_-]{20,}',
  'hf_[A-Za-z0-9]{30,}',
  'sk-[A-Za-z0-9_-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
].join('|');

/**
 * What the shippers and the ingest pipelines mask once more. The service has redacted every line before it was written, with
 * far more rules and checks; this is for what others write (drivers, containers) and for a rule that was turned off. So
 * only what begins like nothing else is here: a line that is masked wrongly cannot be read again.
 */
export const secretPatterns = (place: SecretPlace): readonly SecretPattern[] => [
  {
    id: 'private-key',
    // Bounded: Java goes one level deeper for each escape.
    pattern: '-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^"\\\\]*(?:\\\\[^"][^"\\\\]*){0,200}',
    mask: '[PRIVATE_KEY]',
  },
  {
    id: 'authorization',
    pattern: '(?i:\\b(?:bearer|basic)[ \\t]+)[A-Za-z0-9._~+/=-]{16,}',
    mask: '[CREDENTIAL]',
  },
  { id: 'jwt', pattern: '\\beyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}', mask: '[JWT]' },
  { id: 'clawdbot-key', pattern: '\\bcbk_[0-9a-z]{8}_[A-Za-z0-9_-]{43}', mask: '[API_KEY]' },
  { id: 'vendor-key', pattern: `\\b(?:${VENDORS})`, mask: '[API_KEY]' },
  { id: 'url-password', pattern: '://[^/\\s:@"\\\\]+:[^/\\s@"\\\\]+@', mask: '://[CREDENTIALS]@' },
  {
    id: 'assigned',
    pattern: `(?i:\\b[a-z_-]{0,20}${NAMES})${QUOTE[place]}?[ \\t]{0,2}[=:][ \\t]{0,2}${QUOTE[place]}?[^\\s"\\x27\\\\,;&\\[]{4,}`,
    mask: '[SECRET]',
  },
];
