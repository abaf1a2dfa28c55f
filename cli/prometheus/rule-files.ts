import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders with rules of this project, where its files are. */
const FOLDERS = ['collectors/exporters', 'alerting/rules'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every file of recording and alerting rules; Prometheus reads them where they are. */
export const ruleFiles = (): string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.yml'))
      .map((file) => join(ROOT, folder, file)),
  );
