import type { AnswerPiece, AnswerPlan, AnswerReader } from '../chat/answer-plan.ts';
import type { AnswerText } from '../loop/task.ts';
import type { TokenDetails, TokenLogprob } from '../protocol/generation.ts';
import { createUtf8Decoder } from '../text/utf8.ts';

export interface AnswerTextOptions {
  readonly bytesOf: (token: number) => Uint8Array;
  /** Tells thoughts, calls and the end of JSON from text; absent: all of it is text. */
  readonly reader?: AnswerReader;
  /** Leaves out the space that some vocabularies put before the first word. */
  readonly isTrimmed: boolean;
}

/** Whether anything of an answer is to be told from its text. */
export const needsReader = ({ thinking, calls, isJson }: AnswerPlan): boolean =>
  thinking !== undefined || calls !== undefined || isJson;

type Piece = Omit<AnswerPiece, 'isEnd'>;

/** The text of one answer, character by complete character. */
export const createAnswerText = ({ bytesOf, reader, isTrimmed }: AnswerTextOptions): AnswerText => {
  const decoder = createUtf8Decoder();
  const withLogprobs = createLogprobFilter();
  let isFirst = isTrimmed;
  return {
    push(token, logprob) {
      const decoded = decoder.push(bytesOf(token));
      const text = isFirst && decoded.startsWith(' ') ? decoded.slice(1) : decoded;
      if (decoded !== '') isFirst = false;
      const piece = reader?.push(text) ?? { text, isText: true, isEnd: false };
      const details = withLogprobs(piece, logprob);
      return { text: piece.text, isEnd: piece.isEnd, ...(details === undefined ? {} : { details }) };
    },
    end() {
      const last = decoder.end();
      if (reader === undefined) return { text: last };
      const before = last === '' ? { text: '', isText: false } : reader.push(last);
      const { reason, ...rest } = reader.end();
      const piece = join(before, rest);
      const details = withLogprobs(piece);
      return { text: piece.text, reason, ...(details === undefined ? {} : { details }) };
    },
  };
};

/** Adds the probabilities of text tokens to its details; those of thoughts and calls are not told. */
const createLogprobFilter = () => {
  // Until the reader says what they are part of.
  let open: TokenLogprob[] = [];
  return ({ isText, details }: Piece, logprob?: TokenLogprob): TokenDetails | undefined => {
    if (logprob !== undefined) open.push(logprob);
    if (open.length === 0 || (!isText && details === undefined)) return details;
    const logprobs = open;
    open = [];
    return isText ? { ...details, logprobs } : details;
  };
};

const join = (one: Piece, other: Piece): Piece => {
  const reasoning = [one, other].flatMap(({ details }) => details?.reasoning ?? []);
  const toolCalls = [one, other].flatMap(({ details }) => details?.toolCalls ?? []);
  const details = {
    ...(reasoning.length === 0 ? {} : { reasoning: reasoning.join('') }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
  return {
    text: one.text + other.text,
    isText: one.isText || other.isText,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
};
