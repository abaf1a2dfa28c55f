import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { fetchArtefact } from './artefacts.ts';
import type { Recipe } from './got.ts';

export const VERSION_68 = '6.8.23';
/** The largest module, with programs of its own; nothing here uses it. */
const UNUSED = 'modules/x-pack-ml';

/** The whole distribution, the last one that Maven serves: ILM really moves indices. No data streams. */
export const ELASTICSEARCH_68: Recipe = {
  name: 'elasticsearch',
  version: VERSION_68,
  source: 'elasticsearch68',
  // Later ones have no security manager that it could set.
  java: { atLeast: 11, atMost: 17 },
  async fill(folder, source, java, env) {
    const zip = join(folder, 'zip');
    const artefact = `org.elasticsearch.distribution.zip:elasticsearch:${VERSION_68}:zip`;
    await fetchArtefact(artefact, zip, join(source, 'zip.sha256'), env);
    const args = ['xf', join(zip, `elasticsearch-${VERSION_68}.zip`)];
    await execa(join(java.home, 'bin', 'jar'), args, { cwd: folder, stdin: 'ignore' });
    rmSync(zip, { recursive: true });
    rmSync(join(folder, `elasticsearch-${VERSION_68}`, UNUSED), { recursive: true });
  },
};
