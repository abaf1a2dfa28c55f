import type { Finding, RedactionStream } from '../redactor.ts';

/** Changes a text that comes in pieces; joined, what it answers is the whole text, changed. */
export interface TextTransform {
  /** What can be passed on now, which may be nothing. */
  push(piece: string): string;
  end(): string;
  /** Characters that wait. */
  readonly held: number;
}

/** Makes a transform for one text: that of a channel, or of one value inside JSON. */
export type MakeTransform = () => TextTransform;

/** Told of what was found, with `offset` zero at the beginning of the text. */
export type OnFindings = (findings: readonly Finding[]) => void;

/** A transform that redacts, and tells what it found. */
export const redacting = (stream: RedactionStream, onFindings: OnFindings): TextTransform => ({
  push(piece) {
    const { text, findings } = stream.push(piece);
    if (findings.length > 0) onFindings(findings);
    return text;
  },
  end() {
    const { text, findings } = stream.end();
    if (findings.length > 0) onFindings(findings);
    return text;
  },
  get held() {
    return stream.held;
  },
});

/** One after the other. */
export const chain = (first: TextTransform, second: TextTransform): TextTransform => ({
  push(piece) {
    const text = first.push(piece);
    return text === '' ? '' : second.push(text);
  },
  end: () => second.push(first.end()) + second.end(),
  get held() {
    return first.held + second.held;
  },
});

/** Changes nothing. */
export const UNCHANGED: TextTransform = { push: (piece) => piece, end: () => '', held: 0 };
