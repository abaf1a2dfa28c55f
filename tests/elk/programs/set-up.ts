import { ALL_PARTS, rememberParts } from './parts.ts';

/** Before the first test of the suite: every part at once, because one compiles while the others download. */
export const setup = async (): Promise<void> => {
  const missing = await rememberParts(...ALL_PARTS);
  if (missing !== undefined) console.log(`missing, and what needs it skips: ${missing}`);
};
