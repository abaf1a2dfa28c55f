import { createHash } from 'node:crypto';

const FINGERPRINT_CHARACTERS = 10;

/** Names model and version in `system_fingerprint`: where it changes, equal seeds may give other answers. */
export const createFingerprints = (version: string): ((model: string) => string) => {
  // One entry per configured model: ids of clients' making never get here.
  const known = new Map<string, string>();
  return (model) => {
    const made = known.get(model);
    if (made !== undefined) return made;
    const hash = createHash('sha256').update(`${version}\n${model}`).digest('hex');
    const fingerprint = `fp_${hash.slice(0, FINGERPRINT_CHARACTERS)}`;
    known.set(model, fingerprint);
    return fingerprint;
  };
};
