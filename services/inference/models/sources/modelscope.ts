import type { ModelscopeSource, Source } from './source.ts';
import { fileOf, resolveUrl } from './urls.ts';

const HUB = 'https://modelscope.cn/models';

/** A file of a ModelScope repository, from the hub or the configured mirror. */
export const modelscopeSource: Source<ModelscopeSource> = {
  describe: ({ modelscope, revision }) => `modelscope ${modelscope}${revision === 'master' ? '' : ` at ${revision}`}`,
  fileName: ({ modelscope }) => fileOf(modelscope),
  byHand: ({ modelscope, revision }) =>
    resolveUrl({ base: HUB, repositoryFile: modelscope, revision, fileName: fileOf(modelscope) }).href,
  async fetch({ modelscope, revision }, context) {
    const { mirrors } = context.downloads;
    const base = ('modelscope' in mirrors ? mirrors.modelscope : undefined) ?? HUB;
    const url = resolveUrl({ base, repositoryFile: modelscope, revision, fileName: context.fileName });
    // Loaded when it is needed: the gateway asks sources only where a file would lie.
    const { download } = await import('./download.ts');
    return download({ url }, context);
  },
};
