import type { YAMLError } from 'yaml';
import type { Finding } from './problem.ts';

type Words = Pick<Finding, 'expected' | 'arrived' | 'advice'>;

const words = (expected: string, arrived: string, advice: string): Words => ({ expected, arrived, advice });

const ALIAS = words(
  'an anchor or alias made of letters and digits',
  'another form',
  'write &name once and *name after it',
);
const ON_ITS_OWN_LINES = words(
  'a value on this line',
  'a second `: ` or a list',
  'put text in quotes, mappings on lines of their own, keys of one mapping in one column',
);

/** In our words, because the parser's quote the source, which may hold a secret. */
const WORDS: Readonly<Partial<Record<YAMLError['code'], Words>>> = {
  ALIAS_PROPS: ALIAS,
  BAD_ALIAS: ALIAS,
  MULTIPLE_ANCHORS: ALIAS,
  BAD_DQ_ESCAPE: words('a known escape', 'an unknown one', 'write \\\\ for a backslash, or use single quotes'),
  BAD_INDENT: words('the same indentation as its neighbours', 'another', 'align it with the line above it'),
  BAD_SCALAR_START: words('a value', 'a character YAML reserves', 'put the value in quotes'),
  BLOCK_AS_IMPLICIT_KEY: ON_ITS_OWN_LINES,
  MULTILINE_IMPLICIT_KEY: words('key: value', 'no colon after the key', 'add the colon and a space'),
  BLOCK_IN_FLOW: words('one line inside brackets', 'an indented block', 'close the bracket first'),
  DUPLICATE_KEY: words('every key once', 'it a second time', 'keep one of the two'),
  MISSING_CHAR: words(
    'a complete line',
    'one that lacks a quote, bracket, comma, colon or space',
    'add what is missing',
  ),
  MULTIPLE_DOCS: words('one document', 'a second one after ---', 'keep one of them'),
  NON_STRING_KEY: words('a plain name as key', 'a list or mapping', 'write a name before the colon'),
  RESOURCE_EXHAUSTION: words('a few levels of nesting', 'too many', 'write it flatter'),
  TAB_AS_INDENT: words('spaces as indentation', 'a tab', 'replace it with spaces'),
  TAG_RESOLVE_FAILED: words('plain YAML', 'a tag', 'remove the word that begins with !'),
  BAD_COLLECTION_TYPE: words('plain YAML', 'a tag', 'remove the word that begins with !'),
  MULTIPLE_TAGS: words('plain YAML', 'a tag', 'remove the word that begins with !'),
};

const UNCLOSED_BRACKET = words('a closing bracket before this line', 'none', 'add the ] or } that is missing');
const UNCLOSED_QUOTE = words('a closing quote', 'none', 'add it where the text ends');

/** What is wrong with the text at a place, without quoting it. */
export const explainYamlError = ({ code, message }: YAMLError): Words => {
  if (isUnclosedQuote({ code, message })) return UNCLOSED_QUOTE;
  // One code stands for this and for a line that is out of place.
  if (message.includes('end with a')) return UNCLOSED_BRACKET;
  return WORDS[code] ?? words('YAML', 'something else', 'mend or quote what stands here');
};

/** True for the mistake the parser reports where the file ends instead of where it was made. */
export const isUnclosedQuote = ({ code, message }: Pick<YAMLError, 'code' | 'message'>): boolean =>
  code === 'MISSING_CHAR' && message.includes('closing');

/** An alias that stands for nothing, or for something that holds the alias itself. */
export const UNKNOWN_ALIAS = words(
  'the anchor of this alias above it',
  'none',
  'write &name at the value that *name repeats',
);

/** What an alias bomb is made of. */
export const TOO_MANY_ALIASES = words('few aliases', 'so many that they would fill the memory', 'write the values out');

/** Why values could not be made from text that is YAML. */
export const explainValueError = (error: unknown): Words => {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Excessive alias')) {
    return TOO_MANY_ALIASES;
  }
  if (error instanceof RangeError) return words('a few levels of nesting', 'too many', 'write it flatter');
  return UNKNOWN_ALIAS;
};
