import { StringDecoder } from 'node:string_decoder';
import type { TokenLogprob } from '../../../engine/protocol/generation.ts';
import type { Finding, Redacted, RedactionStream } from '../redactor.ts';

/** Keeps what is masked in the text from being read in its tokens. */
export interface LogprobGuard {
  /** The tokens that are decided now; those that may still become part of a match wait. */
  push(logprobs: readonly TokenLogprob[]): TokenLogprob[];
  end(): TokenLogprob[];
}

interface Waiting {
  readonly logprob: TokenLogprob;
  /** The characters it has a part in, as places in the whole text. */
  readonly start: number;
  readonly end: number;
}

/** Stands for a token of a match: neither its text nor what else could have stood there. */
const HIDDEN = '*';
const hidden = ({ logprob }: TokenLogprob): TokenLogprob => ({
  token: HIDDEN,
  bytes: [HIDDEN.charCodeAt(0)],
  logprob,
  top: [],
});

/** A character of up to two UTF-16 units may still be incomplete after a token. */
const LONGEST_CHARACTER = 2;

/**
 * The tokens are read as a text of their own, by their bytes: one character, such as a full-width digit, may be spread
 * over several of them.
 */
export const createLogprobGuard = (stream: RedactionStream): LogprobGuard => {
  const decoder = new StringDecoder('utf8');
  let findings: Finding[] = [];
  let waiting: Waiting[] = [];
  let read = 0;
  /** What was read and is not decided, and where it begins. */
  let pending = '';
  let decided = 0;
  /** Where a match begins that is replaced already and whose end is not known yet, such as a key of many lines. */
  let openFrom: number | undefined;

  const take = ({ text, findings: found }: Redacted, held: number): void => {
    // Rules of the configuration may count what waits by its shorter replacement.
    const next = Math.max(decided, read - held);
    if (found.length > 0) openFrom = undefined;
    findings.push(...found);
    const after = Math.max(decided, ...found.map(({ start, length }) => start + length));
    const rest = pending.slice(after - decided, next - decided);
    const isAsExpected = found.length === 0 ? text === rest : text.endsWith(rest);
    if (!isAsExpected) openFrom ??= after;
    pending = pending.slice(next - decided);
    decided = next;
  };
  const release = (): TokenLogprob[] => {
    const count = waiting.findIndex(({ end }) => end > decided);
    const ready = count === -1 ? waiting : waiting.slice(0, count);
    waiting = count === -1 ? [] : waiting.slice(count);
    const released = ready.map((entry) =>
      isFound(entry, findings) || (openFrom !== undefined && entry.end > openFrom)
        ? hidden(entry.logprob)
        : entry.logprob,
    );
    const next = waiting[0]?.start ?? decided;
    findings = findings.filter(({ start, length }) => start + length > next);
    return released;
  };

  return {
    push(logprobs) {
      for (const logprob of logprobs) {
        const start = read;
        const text = decoder.write(bytesOf(logprob));
        read += text.length;
        pending += text;
        const end = endsInside(logprob) || text === '' ? read + LONGEST_CHARACTER : read;
        waiting.push({ logprob, start, end: Math.max(end, start + 1) });
        take(stream.push(text), stream.held);
      }
      return release();
    },
    end() {
      const text = decoder.end();
      read += text.length;
      pending += text;
      take(stream.push(text), stream.held);
      take(stream.end(), 0);
      decided = Number.POSITIVE_INFINITY;
      return release();
    },
  };
};

const bytesOf = ({ bytes, token }: TokenLogprob): Buffer =>
  Buffer.from(bytes.length === 0 ? Buffer.from(token) : bytes);

/** True when the last bytes begin a character that later ones complete. */
const endsInside = ({ bytes }: TokenLogprob): boolean => {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes.at(-back);
    if (byte === undefined || byte < 0x80) return false;
    if (byte >= 0xc0) return back < lengthOf(byte);
  }
  return false;
};

const lengthOf = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);

const isFound = ({ start, end }: Waiting, findings: readonly Finding[]): boolean =>
  findings.some((found) => found.action !== 'observe' && found.start < end && start < found.start + found.length);
