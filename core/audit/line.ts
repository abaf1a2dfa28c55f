import { hash } from 'node:crypto';

/** What stands in for the hash of a line before the first one. */
export const NO_HASH = '0'.repeat(64);

/** Where a line stands in the chain: behind the one with this sequence and hash. */
export interface Place {
  /** Of the line before; 0 where there is none. */
  readonly sequence: number;
  readonly hash: string;
}

/** The beginning of every chain. */
export const GENESIS: Place = { sequence: 0, hash: NO_HASH };

/** One record of the trail as it was read, its own hash proven. */
export interface AuditLine {
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const ENDING = /^,"event\.hash":"([0-9a-f]{64})"\}$/;
const ENDING_BYTES = ',"event.hash":"'.length + NO_HASH.length + '"}'.length;

/**
 * Puts a record into the chain. The canonical form is the line itself: the hash is SHA-256 over its bytes from the first
 * brace up to, and without, the member `event.hash`, which is always the last. Nobody has to write JSON a second time to
 * check it, and no byte of a line can change unnoticed, not even a space.
 */
export const chainLine = (
  fields: Readonly<Record<string, unknown>>,
  { sequence, hash: previousHash }: Place,
): { readonly text: string; readonly place: Place } => {
  const place = JSON.stringify({ 'event.sequence': sequence + 1, 'labels.previous_hash': previousHash }).slice(1, -1);
  const told = JSON.stringify(fields).slice(0, -1);
  const hashed = told === '{' ? `{${place}` : `${told},${place}`;
  const own = hash('sha256', hashed);
  return { text: `${hashed},"event.hash":"${own}"}\n`, place: { sequence: sequence + 1, hash: own } };
};

/** Reads the bytes of one line without its line feed; undefined where they are not a line whose own hash is right. */
export const readLine = (bytes: Buffer): AuditLine | undefined => {
  const end = bytes.length - ENDING_BYTES;
  const own = end > 0 ? ENDING.exec(bytes.toString('latin1', end))?.[1] : undefined;
  if (own === undefined || hash('sha256', bytes.subarray(0, end)) !== own) return undefined;
  return parseFields(bytes.toString('utf8'), own);
};

const parseFields = (text: string, own: string): AuditLine | undefined => {
  try {
    // Safe: a line that ends as above and parses is an object, whose members are looked at one by one.
    const fields = JSON.parse(text) as Record<string, unknown>;
    const { 'event.sequence': sequence, 'labels.previous_hash': previousHash, 'event.action': action } = fields;
    if (!Number.isSafeInteger(sequence) || typeof previousHash !== 'string' || typeof action !== 'string')
      return undefined;
    return { sequence: Number(sequence), previousHash, hash: own, action, fields };
  } catch {
    return undefined;
  }
};

/** The place behind a line. */
export const placeOf = ({ sequence, hash: own }: Pick<AuditLine, 'sequence' | 'hash'>): Place => ({
  sequence,
  hash: own,
});

/** A label of a line; undefined where it is absent. */
export const labelOf = ({ fields }: Pick<AuditLine, 'fields'>, name: string): unknown => fields[`labels.${name}`];
