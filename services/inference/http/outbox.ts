import type { Answer } from './answer.ts';

/** TLS copies what it is given before it sends it, so no more than this is given at once. */
export const PIECE_BYTES = 65_536;
/** A client of HTTP/2 may take a hundred bytes at a time, and only a piece that it took whole shows that it reads. */
export const HTTP2_PIECE_BYTES = 16_384;

/** The bytes of a body that goes out piece by piece; undefined: it is small enough to go out at once. */
export const largeBody = (chunk: unknown, pieceBytes = PIECE_BYTES): Buffer | undefined => {
  if (typeof chunk === 'string') return chunk.length > pieceBytes ? Buffer.from(chunk) : undefined;
  if (!(chunk instanceof Uint8Array) || chunk.byteLength <= pieceBytes) return undefined;
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
};

/** Sends a large body as fast as the client reads: one that never does costs a piece, not a copy of the whole. */
export const sendInPieces = (answer: Answer, body: Buffer, finish: () => void): void => {
  let sent = 0;
  const more = () => {
    while (sent < body.length) {
      const piece = body.subarray(sent, sent + PIECE_BYTES);
      sent += piece.length;
      if (!answer.write(piece) && sent < body.length) return;
    }
    answer.off('drain', more);
    finish();
  };
  answer.on('drain', more);
  more();
};

/** The same over HTTP/2, each piece after the one before was taken: Node counts all that waits behind a window as one. */
export const sendOneByOne = (answer: Answer, body: Buffer, finish: () => void): void => {
  let sent = 0;
  const more = (failure?: Error | null) => {
    if (failure) return;
    if (sent >= body.length) return finish();
    const piece = body.subarray(sent, sent + HTTP2_PIECE_BYTES);
    sent += piece.length;
    answer.write(piece, more);
  };
  more();
};
