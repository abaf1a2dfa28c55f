import { describe, expect, it } from 'vitest';
import { createLedger, type EgressNote } from './ledger.ts';

const open = () => {
  const told: EgressNote[] = [];
  let notes = 0;
  let at = 0;
  const ledger = createLedger({
    onNew: (note) => void told.push(note),
    onNote: () => {
      notes += 1;
    },
    now: () => (at += 1),
  });
  return { ledger, told, count: () => notes };
};

const note = (changes: Partial<EgressNote> = {}): EgressNote => ({
  purpose: 'callback',
  dataClass: 'prompt',
  destination: 'hooks.example:443',
  outcome: 'sent',
  ...changes,
});

describe('the ledger', () => {
  it('tells of a destination once for each purpose, and once more when it is refused first', () => {
    const { ledger, told, count } = open();
    for (const each of [note(), note(), note({ outcome: 'failed' }), note({ purpose: 'jwks' })]) ledger.note(each);
    expect(told.map(({ purpose }) => purpose)).toEqual(['callback', 'jwks']);
    ledger.note(note({ outcome: 'refused' }));
    ledger.note(note({ outcome: 'refused' }));
    expect(told).toHaveLength(3);
    expect(count()).toBe(6);
  });

  it('counts by outcome and knows the first and the last time', () => {
    const { ledger } = open();
    for (const outcome of ['sent', 'failed', 'sent', 'refused'] as const) ledger.note(note({ outcome }));
    expect(ledger.seen()).toEqual([
      { purpose: 'callback', destination: 'hooks.example:443', sent: 2, failed: 1, refused: 1, firstAt: 1, lastAt: 4 },
    ]);
    expect(ledger.refusals()).toEqual({ callback: 1 });
  });

  it('does not grow without end, and still tells', () => {
    const { ledger, told } = open();
    for (let index = 0; index < 1100; index += 1) ledger.note(note({ destination: `h${index}.example:443` }));
    expect(ledger.seen()).toHaveLength(1000);
    expect(told).toHaveLength(1100);
  });
});
