/** Chunks of a streamed answer. */
export const CHUNKS = 16;
/** Time between two of them. */
export const CHUNK_MS = 2;
const CHUNK_CHARACTERS = 4;

/** What every server under test answers. */
export const REPLY = 'A short summary of the order, in one sentence, as it was asked. '.slice(
  0,
  CHUNKS * CHUNK_CHARACTERS,
);
