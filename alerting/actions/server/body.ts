import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** Of a body that is too large so much is read and thrown away: a sender that is cut off would take it for a network error. */
const MOST_WASTED = 16;

/** The body of a request; throws ERR_HTTP_BODY_TOO_LARGE for one that is larger, of which nothing is kept. */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    // Safe: without an encoding a request yields buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes * MOST_WASTED) break;
    if (size <= maxBytes) chunks.push(bytes);
    else chunks.length = 0;
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  throw new ServiceError(
    'ERR_HTTP_BODY_TOO_LARGE',
    `body: expected at most ${maxBytes} bytes (actions.maxBodyBytes), got more; lower max_alerts of the receiver or raise the limit`,
  );
};
