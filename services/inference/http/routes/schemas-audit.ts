import { z } from 'zod';
import { anyObject, count, described, isoTime, onlyNull } from './schemas.ts';

const MAX_PAGE = 1000;
const WORD = z.string().min(1).max(300);

export const auditQuery = z.strictObject({
  from: described(isoTime.optional(), 'Not before this time.'),
  to: described(isoTime.optional(), 'Not after this time.'),
  key: described(WORD.optional(), '`user.id` of the record: `key:<id>` or `jwt:<subject>`.'),
  outcome: described(z.enum(['success', 'failure', 'unknown']).optional(), '`event.outcome` of the record.'),
  action: described(WORD.optional(), '`event.action` of the record, such as `inference.refused`.'),
  requestId: described(WORD.optional(), '`http.request.id` of the record.'),
  after: described(z.coerce.number().int().min(0).optional(), 'Cursor: `next` of the page before.'),
  limit: described(
    z.coerce.number().int().min(1).max(MAX_PAGE).optional(),
    'Records of a page, default 100; of a stream, default all.',
  ),
});

export type AuditQueryBody = z.output<typeof auditQuery>;

const auditRecord = anyObject.meta({
  id: 'AuditRecord',
  description: 'One record: ECS fields, see docs/audit.md.',
});

export const auditPage = z
  .strictObject({
    records: z.array(auditRecord),
    next: described(z.union([count, onlyNull]), 'Cursor of the next page; null: this was the last.'),
  })
  .meta({ id: 'AuditPage' });

export const signedHead = z
  .strictObject({
    version: z.literal(1),
    chain: z.string(),
    sequence: count,
    hash: z.string(),
    time: isoTime,
    keyId: z.string(),
    signature: described(z.string(), 'Ed25519, base64url; docs/audit.md says over what.'),
  })
  .meta({ id: 'AuditHead' });
