import type { HttpsSource, Source } from './source.ts';
import { publicUrl } from './urls.ts';

/** A file at any https address; a user name in the URL is sent to that host only. */
export const httpsSource: Source<HttpsSource> = {
  describe: ({ https }) => `https ${publicUrl(new URL(https))}`,
  fileName: ({ https }) => decodeURIComponent(new URL(https).pathname.split('/').at(-1) ?? '') || 'model.gguf',
  byHand: ({ https }) => publicUrl(new URL(https)),
  async fetch({ https }, context) {
    const url = new URL(https);
    const own = httpsSource.fileName({ https });
    if (context.fileName !== own) url.pathname = replaceLast(url.pathname, context.fileName);
    const authorization = basicAuthorization(url);
    // Loaded when it is needed: the gateway asks sources only where a file would lie.
    const { download } = await import('./download.ts');
    return download({ url, authorize: (hop) => (hop.origin === url.origin ? authorization : undefined) }, context);
  },
};

const replaceLast = (pathname: string, fileName: string): string =>
  [...pathname.split('/').slice(0, -1), encodeURIComponent(fileName)].join('/');

const basicAuthorization = ({ username, password }: URL): string | undefined => {
  if (username === '') return undefined;
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(plain, 'utf8').toString('base64')}`;
};
