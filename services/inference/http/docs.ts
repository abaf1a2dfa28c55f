import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { type Asset, createAssets, toAsset } from './docs-assets.ts';
import { buildOpenApi } from './openapi.ts';
import { defineOperation, type Operation, type OperationRequest } from './operation.ts';
import { pathText } from './path-text.ts';

// `style-src` without inline styles is enough: the page sets them through the DOM, which the policy does not govern.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MAX_FILE_CHARACTERS = 128;

const tag = 'Documentation';
const base = { method: 'get', tag, access: 'address', dialect: 'native', errors: [] } as const;
const unchanged = { description: 'Nothing changed since the `etag` of `if-none-match`.' };

/** The operations and two more: their document and a page to browse it, both without a credential. */
export const withDocs = (operations: readonly Operation[], version: string): Operation[] => {
  const assets = createAssets();
  let document: Promise<Asset> | undefined;
  const all: Operation[] = [
    ...operations,
    defineOperation({
      ...base,
      id: 'getOpenApi',
      path: '/api/v1/openapi.json',
      summary: 'This document',
      answers: {
        200: { description: 'OpenAPI 3.0.', content: { 'application/json': z.looseObject({ openapi: z.string() }) } },
        304: unchanged,
      },
      async handle(request) {
        document ??= toAsset(Buffer.from(JSON.stringify(buildOpenApi(all, version))), 'application/json');
        return send(request, await document);
      },
    }),
    defineOperation({
      ...base,
      id: 'getDocs',
      path: '/docs',
      summary: 'This document as a page',
      answers: { 200: { description: 'HTML.', content: { 'text/html': z.string() } }, 304: unchanged },
      handle: async (request) => send(request, await found(assets('index.html'))),
    }),
    defineOperation({
      ...base,
      id: 'getDocsFile',
      path: '/docs/{file}',
      summary: 'A file of the page',
      params: z.strictObject({ file: pathText(MAX_FILE_CHARACTERS, 'Its name.') }),
      answers: { 200: { description: 'The file.', content: { '*/*': z.string() } }, 304: unchanged },
      handle: async (request) => send(request, await found(assets(request.params.file))),
    }),
  ];
  return all;
};

const found = (asset: Promise<Asset> | undefined): Promise<Asset> => {
  if (asset !== undefined) return asset;
  throw new ServiceError('ERR_HTTP_NOT_FOUND', 'no such file of the documentation; see /docs');
};

const send = ({ context }: Pick<OperationRequest<never, never, never>, 'context'>, asset: Asset): Response => {
  const headers = {
    'cache-control': 'no-cache',
    etag: asset.etag,
    vary: 'accept-encoding',
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
  if (context.req.header('if-none-match') === asset.etag) return new Response(null, { status: 304, headers });
  const isZipped = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return new Response(isZipped ? asset.zipped : asset.plain, {
    headers: { ...headers, 'content-type': asset.type, ...(isZipped ? { 'content-encoding': 'gzip' } : {}) },
  });
};
