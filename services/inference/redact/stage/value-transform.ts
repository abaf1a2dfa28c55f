import type { Pseudonyms, Redactor } from '../redactor.ts';
import { jsonTransform } from './json-transform.ts';
import {
  chain,
  type MakeTransform,
  type OnFindings,
  redacting,
  type TextTransform,
  UNCHANGED,
} from './text-transform.ts';

interface Parts {
  /** Absent: nothing is looked for. */
  readonly redactor: Redactor | undefined;
  readonly pseudonyms?: Pseudonyms | undefined;
  readonly onFindings: OnFindings;
  /** What comes after it, such as restoring; absent: nothing. */
  readonly next?: MakeTransform | undefined;
}

/** A transform for text. */
export const plainTransform = ({ redactor, pseudonyms, onFindings, next }: Parts): TextTransform => {
  const last = next?.();
  if (redactor === undefined) return last ?? UNCHANGED;
  const first = redacting(redactor.stream(pseudonyms), onFindings);
  return last === undefined ? first : chain(first, last);
};

/** A transform for JSON, such as the arguments of a tool call, that stays JSON. */
export const jsonValuesTransform = (parts: Parts): TextTransform =>
  jsonTransform({ value: (key) => valueTransform(key, parts), plain: () => plainTransform(parts) });

/**
 * A value is read as if its name stood before it, because some private things are known by their name alone
 * (`"password": "…"`); the name itself is not passed on.
 */
const valueTransform = (key: string, parts: Parts): TextTransform => {
  const { redactor, pseudonyms, onFindings, next } = parts;
  if (redactor === undefined || key === '') return plainTransform(parts);
  const last = next?.() ?? UNCHANGED;
  const stream = redactor.stream(pseudonyms);
  const prefix = `${key}: `;
  let left = prefix.length;
  const read = ({ text, findings }: ReturnType<typeof stream.push>): string => {
    // A match that begins in the name takes it along: then all that is left is the replacement.
    if (left > 0 && findings.some(({ start }) => start < prefix.length)) left = 0;
    if (findings.length > 0) onFindings(findings.map((found) => ({ ...found, start: found.start - prefix.length })));
    const cut = Math.min(left, text.length);
    left -= cut;
    return last.push(text.slice(cut));
  };
  const waiting = read(stream.push(prefix));
  let isFirst = true;
  return {
    push(piece) {
      const first = isFirst ? waiting : '';
      isFirst = false;
      return first + read(stream.push(piece));
    },
    end: () => read(stream.end()) + last.end(),
    get held() {
      return stream.held + last.held;
    },
  };
};
