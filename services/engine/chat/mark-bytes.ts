import type { AnswerPlan } from './answer-plan.ts';

interface Pieces {
  /** The bytes of a token; none for control tokens. */
  readonly piece: (token: number) => Uint8Array;
  /** The same with control tokens by their name. */
  readonly name: (token: number) => Uint8Array;
}

const TEXT = new TextDecoder();

/** The bytes of the tokens of an answer: of control tokens only those that mark thoughts and calls are told, by name. */
export const createMarkBytes = ({ marks }: Pick<AnswerPlan, 'marks'>, { piece, name }: Pieces) => {
  if (marks.length === 0) return piece;
  return (token: number): Uint8Array => {
    const bytes = piece(token);
    if (bytes.length > 0) return bytes;
    const named = name(token);
    const text = TEXT.decode(named);
    return text !== '' && marks.some((mark) => mark.includes(text)) ? named : bytes;
  };
};
