import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A static file, ready to send. */
export interface Asset {
  readonly type: string;
  readonly plain: Buffer<ArrayBuffer>;
  readonly zipped: Buffer<ArrayBuffer>;
  readonly etag: string;
}

const compress = promisify(gzip);

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Clawdbot API</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

// In a file of its own because the content security policy allows no script in the page.
const START = `SwaggerUIBundle({
  url: 'api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
});
`;

const fromPackage = (name: string) => readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`));

const FILES: Readonly<Record<string, { readonly type: string; readonly read: () => Promise<Buffer> }>> = {
  'index.html': { type: 'text/html; charset=utf-8', read: async () => Buffer.from(PAGE) },
  'start.js': { type: 'text/javascript; charset=utf-8', read: async () => Buffer.from(START) },
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: () => fromPackage('swagger-ui.css') },
  'swagger-ui-bundle.js': { type: 'text/javascript; charset=utf-8', read: () => fromPackage('swagger-ui-bundle.js') },
  'favicon-32x32.png': { type: 'image/png', read: () => fromPackage('favicon-32x32.png') },
};

/** Hands out the files of `/docs` by name: only the listed ones, each read and compressed once, on first use. */
export const createAssets = (): ((name: string) => Promise<Asset> | undefined) => {
  const loaded = new Map<string, Promise<Asset>>();
  return (name) => {
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (file === undefined) return undefined;
    const asset = loaded.get(name) ?? file.read().then((bytes) => toAsset(bytes, file.type));
    loaded.set(name, asset);
    asset.catch(() => loaded.delete(name));
    return asset;
  };
};

/** Prepares bytes for sending. */
export const toAsset = async (bytes: Buffer, type: string): Promise<Asset> => ({
  type,
  plain: Buffer.from(bytes),
  zipped: Buffer.from(await compress(bytes)),
  etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
});
