// Plain requests instead of node-llama-cpp's downloader, which cannot keep the promises made here: it sends the token
// to whatever `HF_ENDPOINT` or a configured endpoint names and on to the host a download is redirected to, and it
// retries an unreachable host 150 times before the next source gets its turn. `hf.test.ts` shows what it does.
import { readFile } from 'node:fs/promises';
import type { HfSource, Source, SourceContext } from './source.ts';
import { sourceError } from './source-error.ts';
import { fileOf, resolveUrl } from './urls.ts';

const HUB = 'https://huggingface.co';

/** A file of a Hugging Face repository, from the hub itself, `HF_ENDPOINT`, or the configured mirror. */
export const hfSource: Source<HfSource> = {
  describe: ({ hf, revision }) => `hf ${hf}${revision === 'main' ? '' : ` at ${revision}`}`,
  fileName: ({ hf }) => fileOf(hf),
  byHand: ({ hf, revision }) => resolveUrl({ base: HUB, repositoryFile: hf, revision, fileName: fileOf(hf) }).href,
  async fetch({ hf, revision }, context) {
    const base = hubOf(context);
    const url = resolveUrl({ base, repositoryFile: hf, revision, fileName: context.fileName });
    const token = mayHoldToken(url) ? await readToken(context) : undefined;
    const authorize = (hop: URL) => (token !== undefined && mayHoldToken(hop) ? `Bearer ${token}` : undefined);
    // Loaded when it is needed: the gateway asks sources only where a file would lie.
    const { download } = await import('./download.ts');
    return download({ url, authorize }, context);
  },
};

/** Only the hub itself, over TLS, ever sees a token: no mirror, and no host that it redirects to. */
export const mayHoldToken = (url: URL): boolean => url.origin === HUB;

const hubOf = ({ downloads, env }: SourceContext): string => mirrorOf(downloads) ?? (env.HF_ENDPOINT || HUB);

const mirrorOf = ({ mirrors }: SourceContext['downloads']): string | undefined =>
  'hf' in mirrors ? mirrors.hf : undefined;

const readToken = async ({ downloads: { tokenFile }, env }: SourceContext): Promise<string | undefined> => {
  if (tokenFile === undefined) return env.HF_TOKEN || undefined;
  try {
    return (await readFile(tokenFile, 'utf8')).trim() || undefined;
  } catch (error) {
    throw sourceError(
      'downloads.tokenFile: expected a readable file with a token; it could not be read',
      undefined,
      error,
    );
  }
};
