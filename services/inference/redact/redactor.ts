/** What happens to a match. `observe` leaves it as it is and counts it. */
export const REDACTION_ACTIONS = ['mask', 'partial', 'pseudonym', 'hash', 'block', 'observe'] as const;
export type RedactionAction = (typeof REDACTION_ACTIONS)[number];

/** `request`: before the model sees it; `response`: before the client does; `record`: logs, spans, jobs, cache, errors. */
export const REDACTION_DIRECTIONS = ['request', 'response', 'record'] as const;
export type RedactionDirection = (typeof REDACTION_DIRECTIONS)[number];

/** Where something was found, never what. */
export interface Finding {
  /** Such as `cn.resident-id`. */
  readonly rule: string;
  readonly action: RedactionAction;
  /** UTF-16 units from the beginning of the text, or of the stream. */
  readonly start: number;
  readonly length: number;
}

export interface Redacted {
  /** Byte for byte the input outside the findings. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** One request's pseudonyms: the same value has the same token, and a token leads back to its value. */
export interface Pseudonyms {
  /** `label` is the rule's, such as `EMAIL`: gives `[EMAIL_1]`. */
  tokenFor(label: string, value: string): string;
  valueOf(token: string): string | undefined;
  readonly size: number;
}

/** Redacts a text that comes in pieces. Joined, its output is that of `redact` over the joined input. */
export interface RedactionStream {
  /** What is safe to send now, which may be nothing. */
  push(piece: string): Redacted;
  /** What was held back. */
  end(): Redacted;
  /** UTF-16 units held back now; bounded. */
  readonly held: number;
}

/**
 * Finds private data by its rules and replaces it. A match whose action is `block` throws `ERR_REDACT_BLOCKED`, which
 * names the rule and not the value; whatever else is thrown means that the text must not be used.
 */
export interface Redactor {
  /** Without `pseudonyms` the action `pseudonym` is `mask`. */
  redact(text: string, pseudonyms?: Pseudonyms): Redacted;
  stream(pseudonyms?: Pseudonyms): RedactionStream;
}
