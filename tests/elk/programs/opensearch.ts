import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { fetchDependencies } from './artefacts.ts';
import type { Recipe } from './got.ts';

/** OpenSearch as one Java program: data streams, composable templates and all common ingest processors. No ILM. */
export const OPENSEARCH: Recipe = {
  name: 'opensearch',
  version: '3.8.0',
  source: 'opensearch',
  java: { atLeast: 21 },
  async fill(folder, source, java, env) {
    const libraries = join(folder, 'lib');
    await fetchDependencies(source, libraries, join(source, 'jars.sha256'), env);
    copyFileSync(join(source, 'log4j2.xml'), join(folder, 'log4j2.xml'));
    const compiler = ['-nowarn', '-proc:none', '-cp', join(libraries, '*'), '-d', join(folder, 'classes')];
    await execa(join(java.home, 'bin', 'javac'), [...compiler, join(source, 'Store.java')], { stdin: 'ignore' });
  },
};
