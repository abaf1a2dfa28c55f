import type { Note } from './notifier.ts';
import { cut } from './shorten.ts';
import { headOf, severityOf } from './wording.ts';

/** Words by the name of their placeholder. */
export type Words = Readonly<Record<string, string>>;

/** What `{…}` may stand for in options; `text` is the whole message, shortened by whoever sends it. */
export const wordsOf = (note: Note, to: string, text: string): Words => ({
  to,
  text,
  title: note.title,
  description: note.text,
  severity: severityOf(note),
  status: headOf(note),
  url: note.url ?? '',
  incident: note.incident,
  id: note.id,
});

const PLACEHOLDER = /\{([a-z]+(?:\.\w+)?)\}/gi;

/** Puts the words in; once, so that braces in a word stay what they are. */
export const fill = (template: string, words: Words): string =>
  template.replace(PLACEHOLDER, (whole, name: string) => words[name] ?? whole);

/** The same in every text of a value; names stay. */
export const fillAll = (value: unknown, words: Words): unknown => {
  if (typeof value === 'string') return fill(value, words);
  if (Array.isArray(value)) return value.map((entry) => fillAll(entry, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fillAll(entry, words)]));
};

/**
 * The value of one parameter of an approved template: one line, no link and no bracket of a signature (operators refuse
 * both), at most so many characters. Too short for dots, it is just cut.
 */
export const fillParameter = (template: string, words: Words, maxCharacters: number): string => {
  const value = fill(template, words)
    .replace(/https?:\/\/\S+/gi, '')
    .replace(/[【】]/g, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const fits = (text: string) => Array.from(text).length <= maxCharacters;
  // An empty value is refused as a missing one.
  return cut(value, fits, maxCharacters < 12 ? '' : undefined) || '-';
};
