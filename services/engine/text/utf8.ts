export interface Utf8Decoder {
  /** Every character that is complete by now. */
  push(bytes: Uint8Array): string;
  /** U+FFFD for a character that never became complete. */
  end(): string;
}

/** Turns bytes that arrive in any pieces into text; a character is never broken, wrong bytes become U+FFFD. */
export const createUtf8Decoder = (): Utf8Decoder => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (bytes) => decoder.decode(bytes, { stream: true }),
    end: () => decoder.decode(),
  };
};
