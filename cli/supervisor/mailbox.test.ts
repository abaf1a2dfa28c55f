import { expect, it } from 'vitest';
import { createMailbox } from './mailbox.ts';

it('keeps letters in their order until somebody listens, again after a restart, and not without end', () => {
  const delivered: number[] = [];
  const box = createMailbox<number>((letter) => void delivered.push(letter));
  box.add(1);
  box.add(2);
  expect(delivered).toEqual([]);
  box.open();
  box.add(3);
  expect(delivered).toEqual([1, 2, 3]);
  box.close();
  for (let letter = 4; letter < 5000; letter += 1) box.add(letter);
  expect(delivered).toHaveLength(3);
  box.open();
  expect(delivered).toHaveLength(1003);
  expect(delivered[3]).toBe(4);
});
