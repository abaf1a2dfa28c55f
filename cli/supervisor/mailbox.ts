/** Keeps what is meant for a process until that process listens. */
export interface Mailbox<Letter> {
  add(letter: Letter): void;
  /** Delivers what waits, and from now on everything at once. */
  open(): void;
  /** Keeps again. */
  close(): void;
}

/** What a process that does not come back would have been told is bounded; the first letters matter most. */
const MOST = 1000;

/** A closed mailbox. */
export const createMailbox = <Letter>(deliver: (letter: Letter) => void): Mailbox<Letter> => {
  const waiting: Letter[] = [];
  let isOpen = false;
  return {
    add(letter) {
      if (isOpen) deliver(letter);
      else if (waiting.length < MOST) waiting.push(letter);
    },
    open() {
      isOpen = true;
      for (const letter of waiting.splice(0)) deliver(letter);
    },
    close() {
      isOpen = false;
    },
  };
};
