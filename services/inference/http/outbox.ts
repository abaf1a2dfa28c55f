import type { Answer } from './answer.ts';

/** TLS copies what it is given before it sends it, so no more than this is given at once. */
export const PIECE_BYTES = 65_536;

/** The bytes of a body that goes out piece by piece; undefined: it is small enough to go out at once. */
export const largeBody = (chunk: unknown): Buffer | undefined => {
  if (typeof chunk === 'string') return chunk.length > PIECE_BYTES ? Buffer.from(chunk) : undefined;
  if (!(chunk instanceof Uint8Array) || chunk.byteLength <= PIECE_BYTES) return undefined;
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
