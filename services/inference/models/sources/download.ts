import { setTimeout as wait } from 'node:timers/promises';
import type { Egress, RawAnswer } from '../../../../core/egress/egress.ts';
import { fileError } from '../gguf/file-error.ts';
import { canRetry, explain } from './download-failure.ts';
import { DOWNLOAD_ERRAND, httpGet } from './http-get.ts';
import { openPartFile, type PartFile, type PartState } from './part-file.ts';
import type { Fetched, SourceContext } from './source.ts';
import { sourceError } from './source-error.ts';
import { publicUrl } from './urls.ts';

export interface Download {
  readonly url: URL;
  readonly authorize?: (url: URL) => string | undefined;
  /** Wait before attempt number `failures + 1`; replaced in tests. */
  readonly retryMs?: (failures: number) => number;
}

/** Downloads one file into `context.part`; goes on where an earlier attempt, or a cut connection, left off. */
export const download = async (what: Download, context: SourceContext): Promise<Fetched> => {
  const egress = context.way.out.open(DOWNLOAD_ERRAND);
  const part = await openPartFile(context.part, publicUrl(what.url));
  try {
    await untilComplete(part, what, { ...context, egress });
    return { sha256: await part.finish() };
  } finally {
    await part.close();
    // Not retire(): an answer that was refused half-way would be waited for.
    await egress.close();
  }
};

type Context = SourceContext & { readonly egress: Pick<Egress, 'send'> };

const untilComplete = async (part: PartFile, what: Download, context: Context): Promise<void> => {
  const retryMs = what.retryMs ?? exponential;
  const start = part.bytes();
  // Only bytes beyond the furthest point count as progress, or a server that cannot resume would be asked for ever.
  let furthest = start;
  for (let failures = 0; ; ) {
    try {
      await attempt(part, what, context);
      return;
    } catch (error) {
      failures = part.bytes() > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, part.bytes());
      if (context.signal.aborted) throw context.signal.reason;
      if (!canRetry(error, furthest > start, failures)) throw explain(error, what.url);
    }
    await wait(retryMs(failures), undefined, { signal: context.signal });
  }
};

const exponential = (failures: number): number => Math.min(30_000, 500 * 2 ** failures);

const attempt = async (part: PartFile, what: Download, context: Context): Promise<void> => {
  const response = await httpGet({
    url: what.url,
    headers: resumeHeaders(part),
    authorize: what.authorize ?? (() => undefined),
    egress: context.egress,
    signal: context.signal,
  });
  const state = await begin(part, response, what.url);
  if (state === 'complete') return;
  if (state.totalBytes !== undefined) await context.checkRoom(state.totalBytes - part.bytes());
  await receive(part, response, state, context);
};

const resumeHeaders = (part: PartFile): Record<string, string> => {
  const validator = part.state()?.validator;
  if (part.bytes() === 0 || validator === undefined) return {};
  return { range: `bytes=${part.bytes()}-`, 'if-range': validator };
};

const begin = async (
  part: PartFile,
  { statusCode, headers, body }: RawAnswer,
  url: URL,
): Promise<PartState | 'complete'> => {
  const known = part.state();
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range'] ?? ''));
  if (statusCode === 206 && known !== undefined && Number(range?.[1]) === part.bytes()) return known;
  if (statusCode === 200) {
    const length = Number(headers['content-length'] ?? Number.NaN);
    const state = {
      url: publicUrl(url),
      ...(Number.isSafeInteger(length) ? { totalBytes: length } : {}),
      ...validatorOf(headers),
    };
    await part.restart(state);
    return state;
  }
  body.on('error', () => {}).destroy();
  if (statusCode === 416 && part.bytes() === known?.totalBytes) return 'complete';
  if (statusCode === 206 || statusCode === 416) {
    await part.restart({ url: publicUrl(url) });
    throw sourceError(`${url.host} answered the request to go on with something else`, 503);
  }
  throw sourceError(`${url.host} answered ${statusCode}${hint(statusCode)}`, statusCode);
};

// Only a strong validator may be used to go on; a weak one does not promise the same bytes.
const validatorOf = (headers: RawAnswer['headers']): { validator?: string } => {
  const { etag } = headers;
  if (typeof etag === 'string' && etag.startsWith('"')) return { validator: etag };
  const modified = headers['last-modified'];
  return typeof modified === 'string' ? { validator: modified } : {};
};

const hint = (status: number): string => {
  if (status === 401 || status === 403) return ' (access denied; a gated model needs HF_TOKEN or downloads.tokenFile)';
  return status === 404 ? ' (no such file)' : '';
};

const receive = async (
  part: PartFile,
  { body, headers }: RawAnswer,
  { totalBytes }: PartState,
  context: Context,
): Promise<void> => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw sourceError(`the server sent the file ${encoding}-encoded`);
  context.onBytes(part.bytes(), totalBytes);
  for await (const chunk of body) {
    if (part.bytes() === 0) checkMagic(chunk, context.fileName);
    await part.append(chunk);
    context.onBytes(part.bytes(), totalBytes);
  }
  if (totalBytes !== undefined && part.bytes() !== totalBytes) {
    throw sourceError(`the connection ended after ${part.bytes()} of ${totalBytes} bytes`, 503);
  }
};

// A log-in page or an error page is recognised by its first bytes instead of after a long download.
const checkMagic = (chunk: Buffer, fileName: string): void => {
  if (chunk.length < 4 || chunk.toString('latin1', 0, 4) === 'GGUF') return;
  throw fileError(fileName, 'a GGUF file (it begins with "GGUF")', JSON.stringify(chunk.toString('latin1', 0, 4)));
};
