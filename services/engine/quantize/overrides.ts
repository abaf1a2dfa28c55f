const KEY_BYTES = 128;
const TEXT_BYTES = 128;
const TEXT_AT = 136;
/** `llama_model_kv_override`: a tag, the key, and a union that begins at the next multiple of 8. */
const ENTRY_BYTES = TEXT_AT + TEXT_BYTES;
const TAG_TEXT = 3;

/** Metadata entries as the array that llama.cpp takes: texts only, ended by an empty key. */
export const encodeOverrides = (metadata: Readonly<Record<string, string>>): Buffer => {
  const entries = Object.entries(metadata);
  const bytes = Buffer.alloc((entries.length + 1) * ENTRY_BYTES);
  for (const [index, [key, text]] of entries.entries()) {
    const at = index * ENTRY_BYTES;
    if (Buffer.byteLength(key) >= KEY_BYTES) throw new RangeError(`metadata key of ${KEY_BYTES} bytes or more`);
    bytes.writeInt32LE(TAG_TEXT, at);
    bytes.write(key, at + 4, 'utf8');
    // `write` keeps to whole characters; the last byte stays zero.
    bytes.write(text, at + TEXT_AT, TEXT_BYTES - 1, 'utf8');
  }
  return bytes;
};
