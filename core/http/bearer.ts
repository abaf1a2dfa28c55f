import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Whether an `authorization` header carries the token of a file, in constant time. The file is read for every question:
 * whoever renews the token replaces it. Rejects where it cannot be read.
 */
export const hasToken = async (authorization: string | undefined, tokenFile: string): Promise<boolean> => {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
};

/** Whether a request names this machine: a page of the web whose name was made to point here sends that name. */
export const isFromHere = (host = ''): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
