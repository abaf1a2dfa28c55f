/** Replaces what is private in a text. */
export type RedactText = (text: string) => string;

type Fields = Readonly<Record<string, unknown>>;

/** What a record is found by, and what it cannot be read without: made by the service, or kept on purpose. */
export const NEVER_REDACTED: ReadonlySet<string> = new Set([
  ...['event.action', 'event.outcome', 'event.kind', 'event.category', 'event.type', 'error.code'],
  ...['http.request.id', 'http.request.method', 'http.version', 'http.route', 'trace.id', 'span.id'],
  ...['gen_ai.request.model', 'labels.key_id', 'labels.job_id', 'labels.outcome', 'labels.state'],
  // Who called, which an access log is kept for.
  'client.ip',
  // The access log redacts it part by part, and not at all where it is that of a route without parameters.
  'url.path',
]);

/** Deeper is no record of ours, and a value that holds itself has no end. */
const MAX_DEPTH = 8;

/**
 * The fields of a record (a log line, the attributes of a span, the details of an error) with every text in them
 * redacted; names of fields stay, and so does what `NEVER_REDACTED` lists. The very object it was given where nothing in
 * it had to change, which is nearly always.
 */
export const redactFields = (fields: Fields, redact: RedactText): Fields => redactMembers(fields, '', redact, 0);

const redactMembers = (fields: Fields, path: string, redact: RedactText, depth: number): Fields => {
  let redacted: Record<string, unknown> | undefined;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) continue;
    const inner = path === '' ? key : `${path}.${key}`;
    if (NEVER_REDACTED.has(inner)) continue;
    const shown = redactValue(value, inner, redact, depth + 1);
    if (shown === value) continue;
    redacted ??= { ...fields };
    redacted[key] = shown;
  }
  return redacted ?? fields;
};

const redactValue = (value: unknown, path: string, redact: RedactText, depth: number): unknown => {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '…';
  if (value instanceof Error) return redact(String(value));
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, path, redact, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return redactValue(value.toJSON(), path, redact, depth + 1);
  }
  // Safe: any object has members of some kind, and they are only read.
  return redactMembers(value as Fields, path, redact, depth);
};
