/** What a look at one place of the text gave: it needs more text, nothing is here, or something ends there. */
export type Step = 'more' | typeof REFUSED_YET | { readonly end: number };

/** Nothing begins here. */
export const REFUSED_YET = 'none';
