import type { Pseudonyms } from './redactor.ts';

/** Puts values back for their tokens in an answer that comes in pieces. */
export interface Restorer {
  /** What is safe to send now. */
  push(piece: string): string;
  /** What was held back. */
  end(): string;
  /** Units held back now, at most the length of a token. */
  readonly held: number;
}

const MAX_TOKEN = 64;
const TOKEN = /\[[A-Z][A-Z0-9_]{0,48}_\d{1,9}\]/g;
const COULD_BE_TOKEN = /^\[(?:[A-Z][A-Z0-9_]*)?$/;

/** A token cut anywhere is restored as a whole one; what no value belongs to stays as it is. */
export const createRestorer = (pseudonyms: Pick<Pseudonyms, 'valueOf'>): Restorer => {
  let held = '';

  const restore = (text: string): string =>
    !text.includes('[') ? text : text.replace(TOKEN, (token) => pseudonyms.valueOf(token) ?? token);

  return {
    push(piece) {
      const text = held + piece;
      const open = text.lastIndexOf('[');
      const rest = open === -1 ? '' : text.slice(open);
      held = rest.length < MAX_TOKEN && COULD_BE_TOKEN.test(rest) ? rest : '';
      return restore(text.slice(0, text.length - held.length));
    },
    end() {
      const rest = held;
      held = '';
      return restore(rest);
    },
    get held() {
      return held.length;
    },
  };
};
