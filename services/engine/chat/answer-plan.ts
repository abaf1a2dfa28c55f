import type { FinishReason, TokenDetails, Tool } from '../protocol/generation.ts';
import type { CallSyntax } from './call-syntax.ts';

/** How a model tells its thoughts from its answer. */
export interface Thinking {
  readonly begin: string;
  readonly end: string;
  /** The prompt has opened the block already: the answer begins inside of it. */
  readonly isOpen: boolean;
  /** The caller wants none: a grammar leaves no room for them, and free text that has some is read all the same. */
  readonly isUnwanted?: true;
  /** Marks around the parts of an answer that belong to none of them. */
  readonly noise: readonly string[];
  /** What stands between the thoughts and what follows, before any mark of that. */
  readonly between: string;
  /** What stands before an answer after the thoughts, where that is marked too. */
  readonly contentBegin: string;
}

/** Which tools an answer may call, and how it writes that. */
export interface CallPlan {
  readonly syntax: CallSyntax;
  /** The tools that may be called. */
  readonly tools: readonly Tool[];
  /** False: the answer ends with its first call. */
  readonly isParallel: boolean;
}

/** How the answer to one prompt is to be read, and what it must obey. */
export interface AnswerPlan {
  /**
   * GBNF for the whole answer from its first token on, thoughts and free text included, so that no grammar has to be put
   * on in the middle of a token; `undefined`: anything goes.
   */
  readonly grammar: string | undefined;
  readonly thinking: Thinking | undefined;
  readonly calls: CallPlan | undefined;
  /** What follows the thoughts is one JSON value, and the answer ends with it. */
  readonly isJson: boolean;
  /** Texts that mark thoughts and calls. Where one is a control token, its name must reach the reader as text. */
  readonly marks: readonly string[];
}

/** What some text of the model has come to. */
export interface AnswerPiece {
  readonly text: string;
  readonly details?: Pick<TokenDetails, 'reasoning' | 'toolCalls'>;
  /** The answer is complete; what would follow is not part of it. */
  readonly isEnd: boolean;
  /** False where all of it was thoughts, a call, or a mark around them. */
  readonly isText: boolean;
}

/** Takes the text of one answer apart as it comes; the sum of its pieces depends on the text alone, never on its cuts. */
export interface AnswerReader {
  push(text: string): AnswerPiece;
  /** What was held back, once no more text comes, and why an answer that ended by itself did so. */
  end(): Omit<AnswerPiece, 'isEnd'> & { readonly reason: Extract<FinishReason, 'stop' | 'tool_calls'> };
}
