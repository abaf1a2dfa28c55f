import { constants, type Http2ServerRequest } from 'node:http2';
import type { Http2Answer } from './answer.ts';

/**
 * Ends an HTTP/2 stream whose body nobody reads to its end, once the whole answer is with the client. The adapter would
 * destroy it moments after the answer was written, and with it what waits for a client that opens its window later.
 */
export const endUnread = ({ stream }: Http2Answer, incoming: Http2ServerRequest): void => {
  // A client may reset it without an error, too; what still waits then would keep it open for ever.
  stream.once('aborted', () => {
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) stream.destroy();
  });
  // Nothing can follow such a head: both sides are at their end with the answer.
  if (stream.endAfterHeaders) return;
  // Not closed earlier: a stream that closes already could not be cut any more where its reader stalls.
  stream.once('finish', () => {
    if (incoming.complete) return;
    // A body that was paused when it became too large would keep the stream from its end.
    incoming.resume();
    stream.close(constants.NGHTTP2_NO_ERROR);
  });
};
