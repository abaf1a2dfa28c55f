import type { Context } from 'hono';
import { z } from 'zod';
import { readHeadFile, type SignedHead } from '../../../../core/audit/head.ts';
import { type AuditQuery, type FoundRecord, readTrail } from '../../../../core/audit/read.ts';
import type { AuditTrail } from '../../../../core/audit/trail.ts';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { beginStream } from '../raw-response.ts';
import { whoOf } from './admin-audit.ts';
import type { Asked } from './generation.ts';
import { json } from './json.ts';
import { type AuditQueryBody, auditPage, auditQuery, signedHead } from './schemas-audit.ts';

export interface AuditDeps {
  readonly trail: Pick<AuditTrail, 'append' | 'flush' | 'paths' | 'signHead'>;
}

const AUDIT_ROUTE = { tag: 'Audit', access: 'audit', dialect: 'native' } as const;
const NDJSON = 'application/x-ndjson';
const DEFAULT_PAGE = 100;
const FAILURES = ['ERR_AUDIT_UNAVAILABLE', 'ERR_AUDIT_BROKEN'] as const;

/** `GET /api/v1/audit` and `GET /api/v1/audit/head`: read only, and each read is itself a record. */
export const auditOperations = ({ trail }: AuditDeps): Operation[] => [
  defineOperation({
    ...AUDIT_ROUTE,
    id: 'readAudit',
    method: 'get',
    path: '/api/v1/audit',
    summary: 'Records of the audit trail, oldest first',
    description: [
      'JSON answers a page and the cursor of the next. With `accept: application/x-ndjson` all records that fit are',
      'streamed, up to `limit`, byte for byte as they are on disk, so that `clawdbot audit verify` can check them.',
    ].join(' '),
    query: auditQuery,
    headers: { accept: { description: '`application/x-ndjson` for a stream of lines.', schema: z.string() } },
    errors: FAILURES,
    answers: {
      200: { description: 'The records.', content: { 'application/json': auditPage, [NDJSON]: z.string() } },
    },
    async handle(request) {
      const { query, context } = request;
      const isExport = context.req.header('accept')?.includes(NDJSON) === true;
      await record(trail, isExport ? 'audit.exported' : 'audit.read', request, query);
      const found = readTrail(trail.paths.dir, filterOf(query), request.signal);
      return isExport
        ? exportRecords(context, found, query.limit)
        : json(await pageOf(found, query.limit ?? DEFAULT_PAGE));
    },
  }),
  defineOperation({
    ...AUDIT_ROUTE,
    id: 'getAuditHead',
    method: 'get',
    path: '/api/v1/audit/head',
    summary: 'The last signed head of the audit trail',
    errors: FAILURES,
    answers: { 200: { description: 'The head.', content: { 'application/json': signedHead } } },
    async handle(request) {
      await record(trail, 'audit.read', request, { what: 'head' });
      return json(await headOf(trail));
    },
  }),
];

/** On the disk before anything is answered. */
const record = async (trail: AuditDeps['trail'], action: string, asked: Asked, filter: object): Promise<void> => {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  trail.append(action, { ...whoOf(asked), labels: { filter: JSON.stringify(given) } });
  await trail.flush();
};

const filterOf = ({ from, to, limit: _limit, ...rest }: AuditQueryBody): AuditQuery => ({
  ...rest,
  from: from === undefined ? undefined : Date.parse(from),
  to: to === undefined ? undefined : Date.parse(to),
});

const pageOf = async (found: AsyncIterable<FoundRecord>, limit: number) => {
  const records: FoundRecord[] = [];
  for await (const entry of found) {
    records.push(entry);
    // One more than asked for says whether there is another page.
    if (records.length > limit) break;
  }
  const page = records.slice(0, limit).map(({ line }) => line);
  return {
    records: page.map(({ fields }) => fields),
    next: records.length > limit ? (page.at(-1)?.sequence ?? null) : null,
  };
};

const exportRecords = async (context: Context, found: AsyncIterable<FoundRecord>, limit = Number.POSITIVE_INFINITY) => {
  const stream = beginStream(context, 200, { 'content-type': NDJSON, 'cache-control': 'no-store' });
  let left = limit;
  try {
    for await (const { bytes } of found) {
      if (stream.closed || left === 0) break;
      left -= 1;
      if (!stream.write(bytes.toString('utf8'))) await stream.drained();
    }
  } catch (error) {
    if (!stream.closed) throw error;
  } finally {
    stream.end();
  }
  return stream.response;
};

// A new trail has no head before the first turn of the clock: whoever asks sooner has it signed now.
const headOf = async (trail: AuditDeps['trail']): Promise<SignedHead> => {
  const saved = await savedHead(trail);
  if (saved !== undefined) return saved;
  try {
    return await trail.signHead();
  } catch (error) {
    throw new ServiceError('ERR_AUDIT_UNAVAILABLE', 'audit/head.json: cannot be signed now', { cause: error });
  }
};

const savedHead = async ({ paths }: AuditDeps['trail']): Promise<SignedHead | undefined> => {
  try {
    return await readHeadFile(paths.head);
  } catch (error) {
    const message = 'audit/head.json: expected a signed head, got something else; run `clawdbot audit verify`';
    throw new ServiceError('ERR_AUDIT_BROKEN', message, { cause: error });
  }
};
