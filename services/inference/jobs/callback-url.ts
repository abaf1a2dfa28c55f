import { ServiceError } from '../../../core/errors/service-error.ts';

/** Where callbacks may go, compiled from `jobs.callbacks.allow`. */
export interface CallbackRules {
  /** Answers the address in its normal form; throws ERR_JOBS_CALLBACK saying what is wrong with it. */
  check(callbackUrl: string): URL;
  /** Entries that are no host, `host:port` or origin, and therefore allow nothing. */
  readonly unreadable: readonly string[];
}

const MAX_LENGTH = 2048;

/**
 * An entry is `host` (https, port 443), `host:port` (https) or an origin such as `http://127.0.0.1:9000`, the only way to
 * allow plain http. Both sides go through the same URL parser, so no spelling of a host is another host.
 */
export const compileCallbackRules = (allow: readonly string[]): CallbackRules => {
  const origins = new Map(allow.map((entry) => [entry, originOf(entry)]));
  const allowed = new Set(origins.values());
  return {
    unreadable: allow.filter((entry) => origins.get(entry) === undefined),
    check(callbackUrl) {
      if (callbackUrl.length > MAX_LENGTH) throw refuse(`at most ${MAX_LENGTH} characters`, 'more', 'shorten it');
      const url = URL.parse(callbackUrl);
      if (url === null) throw refuse('an absolute URL', 'something else', 'write it as https://host/path');
      if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('https', 'another scheme', 'use https');
      if (url.username !== '' || url.password !== '') {
        throw refuse('a URL without credentials', 'one with', 'leave them out; the signature proves who calls');
      }
      if (!allowed.has(url.origin)) {
        throw refuse('a host on the allow-list', 'another', `add "${entryFor(url)}" to jobs.callbacks.allow`);
      }
      return url;
    },
  };
};

const originOf = (entry: string): string | undefined => {
  const url = URL.parse(/^https?:\/\//i.test(entry) ? entry : `https://${entry}`);
  // Anything beyond the origin would be ignored, and an operator who wrote it expects that it is not.
  const isOrigin = url !== null && url.href === `${url.origin}/` && !entry.includes('*');
  return isOrigin ? url.origin : undefined;
};

const entryFor = (url: URL): string => (url.protocol === 'https:' ? url.host : url.origin);

const refuse = (expected: string, got: string, remedy: string): ServiceError =>
  new ServiceError('ERR_JOBS_CALLBACK', `callbackUrl: expected ${expected}, got ${got}; ${remedy}`);
