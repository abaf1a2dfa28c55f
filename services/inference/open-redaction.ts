import { join } from 'node:path';
import type { DataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import { openRules } from './redact/stage/engine.ts';
import { createRedaction, type Redaction } from './redact/stage/redaction.ts';
import { openSeal, type Seal } from './redact/stage/seal.ts';

/** The redaction of the configuration, and the key of this data folder that hashes and jobs are made with. */
export const openRedaction = (
  config: Config,
  { keys }: Pick<DataPaths, 'keys'>,
): { readonly redaction: Redaction; readonly seal: Seal } => {
  const seal = openSeal(join(keys, 'redaction.key'));
  // Not the key itself: what hashes are made with must not open seals.
  const hashKey = seal.fingerprint('hash');
  return { redaction: createRedaction(config, (settings) => openRules(settings, hashKey)), seal };
};
