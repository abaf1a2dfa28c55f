import { readFile } from 'node:fs/promises';
import type { Egress } from '../../../core/egress/egress.ts';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 1_048_576;

/** How to read the key set that `auth.jwt.jwks` names: an https URL, else a file. */
export const keySource = (where: string, egress: Pick<Egress, 'request'>): (() => Promise<unknown>) =>
  where.startsWith('https://') ? () => fetchJson(where, egress) : () => readJson(where);

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

// Redirects are not followed: the keys come from the host the operator named, or not at all.
const fetchJson = async (url: string, egress: Pick<Egress, 'request'>): Promise<unknown> => {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const answer = await egress.request(url, { signal, headers });
  if (answer.status !== 200) {
    await answer.discard(MAX_BYTES);
    throw new Error(`expected status 200, got ${answer.status}`);
  }
  return JSON.parse(await answer.readText(MAX_BYTES));
};
