import { stat } from 'node:fs/promises';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { type CertificatePair, type PairFiles, readPair } from './certificate-pair.ts';
import { ensureLocalCertificate } from './local-certificate.ts';

type OwnPair = Pick<Config['server']['tls'], 'cert' | 'key'>;

export interface CertificatesOptions {
  /** `dataPaths(data).tls`. */
  readonly dir: string;
  readonly config: Pick<Config['server'], 'host' | 'names'> & { readonly tls: OwnPair };
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly pollMs?: number;
  readonly renewMs?: number;
}

/** The certificate that is served: read, checked, followed when its files change, renewed when it is ours. */
export interface Certificates {
  /** What clients must trust; undefined for a certificate that the operator supplied. */
  readonly caFile: string | undefined;
  current(): CertificatePair;
  /** Called with every new pair; returns what ends the calls. */
  onChange(listener: (pair: CertificatePair) => void): () => void;
  /** Resolves when nothing is read or written any more. */
  stop(): Promise<void>;
}

const POLL_MS = 1000;
const RENEW_MS = 3_600_000;

/** Opens the certificate of the gateway: the operator's, or one of the local authority, made on first start. */
export const openCertificates = async (options: CertificatesOptions): Promise<Certificates> => {
  const { log, now = Date.now, pollMs = POLL_MS, renewMs = RENEW_MS } = options;
  const ensure = () => ensureLocalCertificate({ dir: options.dir, config: options.config, now });
  const supplied = suppliedFiles(options.config.tls);
  const files: PairFiles & { readonly caFile?: string } = supplied ?? (await ensure());
  const listeners = new Set<(pair: CertificatePair) => void>();
  let pair = await readPair(files, now);

  const follow = followFiles(files, async () => {
    const next = await readPair(files, now);
    if (next.cert === pair.cert && next.key === pair.key) return;
    for (const listener of listeners) listener(next);
    pair = next;
    log.info('certificate.replaced', { 'file.path': files.certFile });
  });
  const onError = (error: unknown) =>
    log.error('certificate.rejected', { 'error.message': error instanceof Error ? error.message : String(error) });
  const stopPolling = repeat(pollMs, follow, onError);
  const stopRenewing = supplied === undefined ? repeat(renewMs, ensure, onError) : async () => {};

  return {
    caFile: files.caFile,
    current: () => pair,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      await Promise.all([stopPolling(), stopRenewing()]);
    },
  };
};

const suppliedFiles = ({ cert, key }: OwnPair): PairFiles | undefined => {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { certFile: cert, keyFile: key };
  const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
  const message = `server.tls.${missing}: expected a PEM file because server.tls.${given} is set, got none; set both or neither`;
  throw new ServiceError('ERR_CONFIG_INVALID', message);
};

/** Calls `onTouched` after the files changed on disk, once per change; a rejected change is tried again with the next. */
const followFiles = (files: PairFiles, onTouched: () => Promise<void>): (() => Promise<void>) => {
  let last: string | undefined;
  return async () => {
    const marks = await Promise.all([markOf(files.certFile), markOf(files.keyFile)]);
    const mark = marks.join();
    if (mark === last) return;
    last = mark;
    await onTouched();
  };
};

// One at a time, however long it takes; the stop waits for the one under way.
const repeat = (intervalMs: number, work: () => Promise<unknown>, onError: (error: unknown) => void) => {
  let current: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    current ??= work()
      .catch(onError)
      .finally(() => {
        current = undefined;
      });
  }, intervalMs);
  return async (): Promise<void> => {
    clearInterval(timer);
    await current;
  };
};

// The inode shows a file that was replaced by one of the same age and size, as a symlink swap does.
const markOf = async (path: string): Promise<string> => {
  try {
    const { mtimeNs, ctimeNs, ino, size } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return 'missing';
  }
};
