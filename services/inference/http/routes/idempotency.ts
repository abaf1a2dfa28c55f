import { z } from 'zod';
import { invalidField } from './refusals.ts';

/** Printable ASCII without spaces: two lines of the header, joined by the server, are never one key. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/** The key of an `Idempotency-Key` header; absent is not an error, one that cannot be a key is. */
export const idempotencyKeyOf = (header: string | undefined): string | undefined => {
  if (header === undefined || idempotencyKey.safeParse(header).success) return header;
  const got = header === '' ? 'nothing' : `${header.length} characters, or others than these`;
  throw invalidField('idempotency-key', '1 to 255 printable ASCII characters without spaces', got, 'send a UUID');
};
