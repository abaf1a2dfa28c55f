import type { Clock } from './clock.ts';

export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** `isNew`: it was asked just now; otherwise nobody was, because an earlier question is still open. */
  | { readonly kind: 'late'; readonly isNew: boolean };

interface Options {
  readonly clock: Clock;
  /** How long a question may take. */
  readonly ms: number;
  /** Questions without an answer at once: each may hold a thread of the few that every file of the process is read by. */
  readonly most: number;
}

/** Asks what may never answer, such as a file of a sick device, so that each of them costs itself alone. */
export class Patience {
  readonly #given: Options;
  readonly #open = new Set<string>();

  constructor(given: Options) {
    this.#given = given;
  }

  /** Rejects as the question does. */
  ask<T>(name: string, question: () => Promise<T>): Promise<Answer<T>> {
    const { clock, ms, most } = this.#given;
    if (this.#open.has(name) || this.#open.size >= most) return Promise.resolve({ kind: 'late', isNew: false });
    this.#open.add(name);
    return new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => resolve({ kind: 'late', isNew: true }));
      const close = (): void => {
        cancel();
        this.#open.delete(name);
      };
      question().then(
        (value) => {
          close();
          resolve({ kind: 'answer', value });
        },
        (error) => {
          close();
          reject(error);
        },
      );
    });
  }
}
