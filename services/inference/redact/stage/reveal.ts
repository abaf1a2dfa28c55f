import type { Pseudonyms } from '../redactor.ts';
import { createRestorer } from '../restorer.ts';
import { jsonTransform } from './json-transform.ts';

type Known = Pick<Pseudonyms, 'valueOf'>;

/** A text with the values of pseudonyms back in their places. */
export const revealText = (text: string, pseudonyms: Known): string => {
  const transform = createRestorer(pseudonyms);
  return transform.push(text) + transform.end();
};

/** The same for JSON, which stays it. */
export const revealJson = (text: string, pseudonyms: Known): string => {
  const transform = jsonTransform({ value: () => createRestorer(pseudonyms), plain: () => createRestorer(pseudonyms) });
  return transform.push(text) + transform.end();
};
