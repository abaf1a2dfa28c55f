import { readFile } from 'node:fs/promises';
import { type Dispatcher, request } from 'undici';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 1_048_576;

/** How to read the key set that `auth.jwt.jwks` names: an https URL, else a file. */
export const keySource = (where: string, dispatcher?: Dispatcher): (() => Promise<unknown>) =>
  where.startsWith('https://') ? () => fetchJson(where, dispatcher) : () => readJson(where);

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

// Redirects are not followed: the keys come from the host the operator named, or not at all.
const fetchJson = async (url: string, dispatcher: Dispatcher | undefined): Promise<unknown> => {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const { statusCode, body } = await request(url, {
    signal,
    headers,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`expected status 200, got ${statusCode}`);
  }
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, got more`);
  }
  return JSON.parse(text);
};
