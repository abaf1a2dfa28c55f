import { type FileHandle, open } from 'node:fs/promises';

const FILE_MODE = 0o640;

/** A file that is only ever written at its end; opened with the first write. */
export class AppendFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #isDirty = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** True while bytes are written that may not be on the disk. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** Never throws: a full disk takes a part, and how much of it is what the caller has to know. */
  async write(data: Buffer): Promise<{ readonly bytes: number; readonly error?: unknown }> {
    let bytes = 0;
    try {
      this.#handle ??= await open(this.#path, 'a', FILE_MODE);
      this.#isDirty = true;
      while (bytes < data.length) bytes += (await this.#handle.write(data, bytes)).bytesWritten;
      return { bytes };
    } catch (error) {
      return { bytes, error };
    }
  }

  async sync(): Promise<void> {
    await this.#handle?.datasync();
    this.#isDirty = false;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** How many of the texts are whole within the first bytes of all of them. */
export const wholeTexts = (texts: readonly string[], bytes: number): number => {
  let left = bytes;
  let count = 0;
  for (const text of texts) {
    left -= Buffer.byteLength(text);
    if (left < 0) break;
    count += 1;
  }
  return count;
};
