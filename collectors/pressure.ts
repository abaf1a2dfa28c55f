/** One line of pressure stall information. */
export interface Stall {
  readonly kind: 'some' | 'full';
  readonly seconds: number;
}

/** The totals of a file such as `/proc/pressure/cpu`. */
export const readStalls = (text: string): Stall[] =>
  [...text.matchAll(/^(some|full) .*\btotal=(\d+)$/gm)].map(([, kind, total]) => ({
    kind: kind === 'full' ? 'full' : 'some',
    seconds: Number(total) / 1e6,
  }));
