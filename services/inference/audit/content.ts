import { randomBytes } from 'node:crypto';
import type { ContentStore } from '../../../core/audit/content-store.ts';
import type { Seal } from '../../../core/audit/seal.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { type Conversation, transcriptOf } from './conversation.ts';

interface Owner {
  readonly keyId: string;
  readonly requestId: string;
}

/** What its record says of a conversation that was kept. */
type ContentLabels = Readonly<Record<string, string>>;

/** How a conversation is made unreadable for whoever must not read it. */
export type Protection =
  | { readonly kind: 'redacted'; readonly redact: (text: string) => string }
  | { readonly kind: 'sealed'; readonly seal: Seal };

interface Deps {
  readonly store: ContentStore;
  readonly protection: Protection;
  /** Whether requests are refused while nothing can be kept. */
  readonly refuses: boolean;
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds, monotonic. Default: `now`. */
  readonly steadyNow?: () => number;
}

/** Keeps prompts and answers beside the trail. */
export interface ContentKeeper {
  /** `onKept` is called once, with what the record is to say; also where keeping failed. */
  keep(said: Conversation, owner: Owner, onKept: (labels: ContentLabels) => void): void;
  /** Throws ERR_AUDIT_UNAVAILABLE right after a failure, where nothing may be done without a record. */
  check(): void;
  /** Resolves when all is kept. */
  stop(): Promise<void>;
}

const RETRY_MS = 1000;
const NONCE_BYTES = 16;

/** A record carries the hash of its content, never the content: so it can be deleted and the chain still holds. */
export const createContentKeeper = (deps: Deps): ContentKeeper => {
  const { store, protection, now, steadyNow = now } = deps;
  const pending = new Set<Promise<void>>();
  let failedAt = Number.NEGATIVE_INFINITY;
  const protect = async (said: Conversation): Promise<string> => {
    // Without it a hash that outlives its content would tell whether a text that somebody guesses was the one.
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const change = protection.kind === 'redacted' ? protection.redact : (text: string) => text;
    const text = JSON.stringify({ nonce, content: transcriptOf(said, change) });
    return protection.kind === 'sealed' ? protection.seal(text) : text;
  };
  const keep = async (said: Conversation, owner: Owner): Promise<ContentLabels> => {
    try {
      const at = now();
      const sha256 = store.put({ ...owner, at, kind: protection.kind, body: await protect(said) });
      const time = new Date(at).toISOString();
      return { 'labels.content': protection.kind, 'labels.content_sha256': sha256, 'labels.content_at': time };
    } catch (error) {
      failedAt = steadyNow();
      deps.telemetry.counter('auditFailures', { part: 'content' });
      deps.onError(error);
      return { 'labels.content': 'failed' };
    }
  };
  return {
    keep(said, owner, onKept) {
      const work: Promise<void> = keep(said, owner)
        .then(onKept)
        .finally(() => pending.delete(work));
      pending.add(work);
    },
    check() {
      if (!deps.refuses || steadyNow() - failedAt >= RETRY_MS) return;
      const message = 'the content of the audit trail cannot be kept, and nothing may be done without it; see the log';
      throw new ServiceError('ERR_AUDIT_UNAVAILABLE', message, { retryAfterSeconds: RETRY_MS / 1000 });
    },
    async stop() {
      await Promise.all(pending);
      store.close();
    },
  };
};
