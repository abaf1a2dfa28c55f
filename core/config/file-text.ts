import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';

/** Why a file has no text to parse. */
export interface Unreadable {
  readonly expected: string;
  readonly arrived: string;
  readonly advice: string;
  readonly line?: number;
}

/** Far more than any honest configuration; keeps a mistaken path from filling the memory. */
const MAX_BYTES = 1_048_576;

/** The text of a file, or why there is none; never throws. */
export const readFileText = (file: string): string | Unreadable => {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return notAFile(stats.isDirectory() ? 'a folder' : 'a special file');
    if (stats.size > MAX_BYTES) return tooLarge(stats.size);
    return decode(readFileSync(file));
  } catch (error) {
    return failedRead(error);
  }
};

/** True when two reads differ only in whether there was text. */
export const isUnreadable = (text: string | Unreadable): text is Unreadable => typeof text !== 'string';

const decode = (bytes: Buffer): string | Unreadable => {
  if (!isUtf8(bytes)) return notUtf8(bytes);
  const text = new TextDecoder().decode(bytes);
  // An empty file is most likely half written; one of comments only is a choice.
  if (text.trim() === '')
    return { expected: 'YAML', arrived: 'an empty file', advice: 'write at least {} or remove the file' };
  return text;
};

const notUtf8 = (bytes: Buffer): Unreadable => {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const next = end === -1 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(start, next))) break;
    start = next;
  }
  return { expected: 'text in UTF-8', arrived: 'bytes that are not', advice: 'save the file as UTF-8', line };
};

const notAFile = (arrived: string): Unreadable => ({
  expected: 'a file',
  arrived,
  advice: 'name the YAML file itself',
});

const tooLarge = (size: number): Unreadable => ({
  expected: `at most ${MAX_BYTES} bytes`,
  arrived: `${size}`,
  advice: 'is this the right file?',
});

const failedRead = (error: unknown): Unreadable => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return { expected: 'a file', arrived: 'nothing', advice: 'check the path, or copy clawdbot.example.yaml there' };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return { expected: 'a readable file', arrived: 'one this user may not read', advice: 'change its permissions' };
  }
  return { expected: 'a readable file', arrived: `error ${code}`, advice: 'check the path and the disk' };
};
