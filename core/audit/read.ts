import { join } from 'node:path';
import { auditPaths, rotatedFiles } from './files.ts';
import type { AuditLine } from './line.ts';
import { linesOf } from './lines.ts';

/** Which records are wanted; what is absent does not matter. */
export interface AuditQuery {
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly key?: string | undefined;
  readonly outcome?: string | undefined;
  readonly action?: string | undefined;
  readonly requestId?: string | undefined;
  /** Sequence of the last record of the page before. */
  readonly after?: number | undefined;
}

/** A record as a value, and the very bytes it is on disk. */
export interface FoundRecord {
  readonly line: AuditLine;
  readonly bytes: Buffer;
}

/** The records of a trail that fit, in the order of the chain. What is not a good line is left to `verifyTrail`. */
export async function* readTrail(dir: string, query: AuditQuery, signal?: AbortSignal): AsyncGenerator<FoundRecord> {
  for (const path of await filesFor(dir, query)) {
    for await (const candidates of linesOf(path)) {
      signal?.throwIfAborted();
      for (const { line, bytes } of candidates) if (line !== undefined && fits(line, query)) yield { line, bytes };
    }
  }
}

const filesFor = async (dir: string, { after = 0, from = 0 }: AuditQuery): Promise<string[]> => {
  const rotated = await rotatedFiles(dir);
  const wanted = rotated.filter(({ rotatedAt }, index) => {
    const next = rotated[index + 1]?.firstSequence ?? Number.POSITIVE_INFINITY;
    // A file's name has no fractions of a second.
    return next - 1 > after && rotatedAt + 1000 >= from;
  });
  return [...wanted.map(({ name }) => join(dir, name)), auditPaths(dir).current];
};

const fits = ({ sequence, action, fields }: AuditLine, query: AuditQuery): boolean => {
  if (sequence <= (query.after ?? 0)) return false;
  if (query.action !== undefined && action !== query.action) return false;
  if (query.key !== undefined && fields['user.id'] !== query.key) return false;
  if (query.outcome !== undefined && fields['event.outcome'] !== query.outcome) return false;
  if (query.requestId !== undefined && fields['http.request.id'] !== query.requestId) return false;
  const at = Date.parse(String(fields['@timestamp']));
  return at >= (query.from ?? Number.NEGATIVE_INFINITY) && at <= (query.to ?? Number.POSITIVE_INFINITY);
};
