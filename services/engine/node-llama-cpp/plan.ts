/** Share of a step that prompts may take while answers are being written: more would make their readers wait. */
const PREFILL_SHARE = 0.25;

/**
 * How many prompt tokens each sequence may compute in the next step, in the order given; 0 for those that already write
 * their answer (they take one token of the batch each). Earlier prompts are served first, none is left out for ever.
 */
export const planStep = (promptTokensLeft: readonly number[], batchSize: number): number[] => {
  const writing = promptTokensLeft.filter((left) => left === 0).length;
  const budget = writing === 0 ? batchSize : Math.floor(batchSize * PREFILL_SHARE);
  let room = Math.max(1, Math.min(budget, batchSize - writing));
  return promptTokensLeft.map((left) => {
    const share = Math.min(left, room);
    room -= share;
    return share;
  });
};
