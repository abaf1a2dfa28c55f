import type { Note } from '../notifier/notifier.ts';
import { composeText } from '../notifier/wording.ts';

/** The text for a room, at most so many bytes of UTF-8. */
export const roomText = (note: Note, maxBytes: number): string =>
  composeText(note, (text) => Buffer.byteLength(text) <= maxBytes);

/**
 * A file holds the key of a robot, or the whole address as the console shows it: then what `find` takes out of it. Its
 * host is not used: where messages go is what the configuration says.
 */
export const keyOf = (secret: string, find: (url: URL) => string | null | undefined): string => {
  const url = /^https?:\/\//i.test(secret) ? URL.parse(secret) : null;
  return (url === null ? undefined : find(url)) || secret;
};
