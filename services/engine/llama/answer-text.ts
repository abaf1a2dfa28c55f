import type { AnswerText } from '../loop/task.ts';
import { createJsonEnd } from '../node-llama-cpp/json-end.ts';
import { createUtf8Decoder } from '../text/utf8.ts';

export interface AnswerTextOptions {
  readonly piece: (token: number) => Uint8Array;
  /** Ends with the end of the JSON value instead of going on with white space. */
  readonly isJson: boolean;
  /** Leaves out the space that some vocabularies put before the first word. */
  readonly isTrimmed: boolean;
}

/** The text of one answer, character by complete character. */
export const createAnswerText = ({ piece, isJson, isTrimmed }: AnswerTextOptions): AnswerText => {
  const decoder = createUtf8Decoder();
  const jsonEnd = isJson ? createJsonEnd() : undefined;
  let isFirst = isTrimmed;
  return {
    push(token) {
      const decoded = decoder.push(piece(token));
      const text = isFirst && decoded.startsWith(' ') ? decoded.slice(1) : decoded;
      if (decoded !== '') isFirst = false;
      const end = jsonEnd?.(text);
      return { text: text.slice(0, end), isEnd: end !== undefined };
    },
    end: () => decoder.end(),
  };
};
