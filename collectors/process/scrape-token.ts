import { type FileSource, isAbsence } from '../files.ts';
import type { Reader, ReadOutcome } from '../reader.ts';
import { type Sample, sample } from '../sample.ts';

interface Options {
  readonly intervalMs: number;
  readonly files: FileSource;
  /** `dataPaths(data).prometheusToken`. */
  readonly file: string;
}

const DEADLINE_MS = 5000;

/**
 * How long the token is valid that Prometheus scrapes the gateway with. It is read from the file that Prometheus reads, by a
 * process that needs no token to be scraped: so it is also known when the token has ended.
 */
export const createScrapeTokenReader = ({ intervalMs, files, file }: Options): Reader<readonly Sample[]> => ({
  intervalMs,
  // Prometheus starts when the gateway listens, which is later than we do.
  lookAgainMs: intervalMs,
  deadlineMs: DEADLINE_MS,
  async read() {
    try {
      return readToken(await files.read(file));
    } catch (error) {
      if (isAbsence(error)) return { kind: 'absent', why: 'no Prometheus of ours runs' };
      return { kind: 'failed', reason: 'other', detail: error instanceof Error ? error.message : String(error) };
    }
  },
  stop: async () => undefined,
});

/** Looks at what the token says of itself; whether it is good is for the gateway to tell. */
const readToken = (token: string): ReadOutcome<readonly Sample[]> => {
  const claims = claimsIn(token);
  const { iat, exp } = claims ?? {};
  if (typeof iat !== 'number' || typeof exp !== 'number' || !Number.isFinite(iat + exp)) {
    return { kind: 'failed', reason: 'malformed', detail: 'the file holds no token' };
  }
  return {
    kind: 'read',
    reading: [sample('scrapeTokenIssued', iat, {}), sample('scrapeTokenExpiry', exp, {})],
  };
};

const claimsIn = (token: string): { readonly iat?: unknown; readonly exp?: unknown } | undefined => {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    return undefined;
  }
};
