import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedWords } from './mask.ts';
import { MOST_TEMPLATES, mine, newMiner, WILDCARD } from './miner.ts';

const head = 'clawdbot request.failed';

describe('what varies', () => {
  it.for([
    [
      'request 018f2c3e-aaaa-bbbb-cccc-0123456789ab timed out after 30000 ms',
      'request <id> timed out after <number> ms',
    ],
    ['GET https://example.org/hooks/1?x=2 answered 503', 'GET <url> answered <number>'],
    ['cannot open /var/lib/clawdbot/models/a.gguf: ENOENT', 'cannot open <path>: ENOENT'],
    ['peer 10.0.0.7:51234 left at 2026-11-29T18:00:00.123Z', 'peer <address> left at <time>'],
    ['block 7f3a9c0e12 of "my model" is bad', 'block <hex> of <text> is bad'],
    ['smollm2-135m: loading failed', 'smollm2-135m: loading failed'],
  ])('is masked in «%s»', ([message, masked]) => {
    expect(maskedWords(message ?? '').join(' ')).toBe(masked);
  });

  it('takes time in proportion to what is read, however it is made', () => {
    for (const evil of ['"'.repeat(5000), '/a'.repeat(5000), '1.'.repeat(5000), 'a1'.repeat(5000), '<'.repeat(5000)]) {
      expect(maskedWords(evil).length).toBeLessThanOrEqual(48);
    }
  });
});

it('keeps lines together that differ in few words, and apart what is about something else', () => {
  const miner = newMiner();
  const first = mine(miner, { head, words: ['model', 'small', 'gave', 'up'] }, 1);
  const second = mine(miner, { head, words: ['model', 'large', 'gave', 'up'] }, 2);
  expect(second.id).toBe(first.id);
  expect(second.words).toEqual(['model', WILDCARD, 'gave', 'up']);
  expect(mine(miner, { head, words: ['disk', 'is', 'nearly', 'full'] }, 3).id).not.toBe(first.id);
  expect(mine(miner, { head: 'clawdbot engine.failed', words: ['model', 'small', 'gave', 'up'] }, 4).id).not.toBe(
    first.id,
  );
});

it('finds a line again that it has seen, and is never larger than its bound', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const miner = newMiner();
  let slot = 0;
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.integer({ min: 0, max: 3000 }), (words, about) => {
      const line = { head: `service action.${about}`, words };
      slot += 1;
      const { id } = mine(miner, line, slot);
      expect(mine(miner, line, slot).id).toBe(id);
      expect(miner.size).toBeLessThanOrEqual(MOST_TEMPLATES);
      expect([...miner.groups.values()].flat()).toHaveLength(miner.size);
    }),
    { numRuns: 2000 },
  );
});

it('forgets first what was not seen for longest', () => {
  const miner = newMiner();
  const first = mine(miner, { head: 'first', words: [] }, 0);
  for (let slot = 1; slot <= MOST_TEMPLATES; slot += 1) mine(miner, { head: `${slot}`, words: [] }, slot);
  expect(mine(miner, { head: 'first', words: [] }, 9999).id).not.toBe(first.id);
  expect(mine(miner, { head: `${MOST_TEMPLATES}`, words: [] }, 9999).lines).toBe(2);
});
