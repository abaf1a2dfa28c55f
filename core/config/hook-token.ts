import { randomBytes } from 'node:crypto';
import type { DataPaths } from './paths.ts';
import { ensureFile, makePrivateFolder, PRIVATE_MODE } from './private-files.ts';

const TOKEN_BYTES = 32;

/** The token that Alertmanager sends with its webhooks; made by whoever of the two programs comes first. Answers its file. */
export const ensureHookToken = async ({ actions, actionsHookToken }: DataPaths): Promise<string> => {
  await makePrivateFolder(actions);
  await ensureFile(actionsHookToken, PRIVATE_MODE, () => `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
  return actionsHookToken;
};
