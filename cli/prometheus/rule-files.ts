import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderRules } from '../../alerting/rules/render.ts';
import type { RuleConfig } from '../../alerting/rules/tuning.ts';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';

/** Rules that depend on no setting: Prometheus reads them where they are. */
const EXPORTERS = fileURLToPath(new URL('../../collectors/exporters/', import.meta.url));

/**
 * Every file of recording and alerting rules. Those of alerts are rendered from the configuration that runs into a folder
 * below `dir` (`dataPaths(data).prometheus`), which holds nothing else afterwards.
 */
export const writeRuleFiles = async (config: RuleConfig, dir: string): Promise<string[]> => {
  const folder = join(dir, 'rules');
  await rm(folder, { recursive: true, force: true });
  await makePrivateFolder(folder);
  const rendered = Object.entries(renderRules(config)).map(([name, text]) => ({ file: join(folder, name), text }));
  for (const { file, text } of rendered) await replaceFile(file, PRIVATE_MODE, text);
  const exporters = readdirSync(EXPORTERS).filter((file) => file.endsWith('.yml'));
  return [...exporters.map((file) => join(EXPORTERS, file)), ...rendered.map(({ file }) => file)];
};
