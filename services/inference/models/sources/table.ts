import type { ModelSource } from '../../../../core/config/schema.ts';
import { fileSource, localPath } from './file.ts';
import { hfSource } from './hf.ts';
import { httpsSource } from './https.ts';
import { modelscopeSource } from './modelscope.ts';
import { pythonSource } from './python.ts';
import type { Fetched, Source, SourceContext } from './source.ts';

interface Bound {
  /** How people recognise it. */
  readonly description: string;
  readonly fileName: string;
  /** Expected hash; of a split GGUF, one per part. */
  readonly sha256: string | readonly string[] | undefined;
  /** Where a person with a browser finds the file. */
  readonly byHand: string | undefined;
}

/** A configured source with its kind's behaviour bound to it: on this machine already, or to be fetched. */
export type BoundSource =
  | (Bound & { readonly place: 'here'; readonly path: string })
  | (Bound & { readonly place: 'elsewhere'; fetch(context: SourceContext): Promise<Fetched> });

/** Every kind of source there is. To add one: a file beside this one, an entry in the schema, and a line here. */
export const bindSource = (source: ModelSource): BoundSource => {
  if ('hf' in source) return bind(hfSource, source);
  if ('modelscope' in source) return bind(modelscopeSource, source);
  if ('https' in source) return bind(httpsSource, source);
  if (source.python !== undefined) return bind(pythonSource, source);
  return {
    place: 'here',
    path: localPath(source),
    description: fileSource.describe(source),
    fileName: fileSource.fileName(source),
    sha256: source.sha256,
    byHand: undefined,
  };
};

const bind = <S extends ModelSource>(kind: Source<S>, source: S): BoundSource => ({
  place: 'elsewhere',
  description: kind.describe(source),
  fileName: kind.fileName(source),
  sha256: source.sha256,
  byHand: kind.byHand(source),
  fetch: (context) => kind.fetch(source, context),
});
