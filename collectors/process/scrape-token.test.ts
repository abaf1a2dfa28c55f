import { expect, it } from 'vitest';
import { fileTree } from '../../tests/kernel-tree.ts';
import { createScrapeTokenReader } from './scrape-token.ts';

const reader = (tree: Record<string, string>) =>
  createScrapeTokenReader({ intervalMs: 5000, files: fileTree(tree), file: '/data/prometheus/token' });
const read = (tree: Record<string, string>) => reader(tree).read(new AbortController().signal);
const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

it('reads when the token was made and when it ends', async () => {
  const outcome = await read({ '/data/prometheus/token': token({ iat: 1000, exp: 4600 }) });
  expect(outcome).toMatchObject({
    kind: 'read',
    reading: [
      { key: 'scrapeTokenIssued', value: 1000 },
      { key: 'scrapeTokenExpiry', value: 4600 },
    ],
  });
});

it('has nothing to say where no Prometheus of ours runs', async () => {
  expect(await read({})).toMatchObject({ kind: 'absent' });
});

it.each(['', 'x', 'a.b.c', token({ iat: 'now' }), token([])])(
  'fails where the file holds no token: %j',
  async (text) => {
    expect(await read({ '/data/prometheus/token': text })).toMatchObject({ kind: 'failed', reason: 'malformed' });
  },
);
