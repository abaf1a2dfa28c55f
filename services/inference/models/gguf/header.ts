// Our own reader: node-llama-cpp offers its one only through the entry point of the whole native runtime, which the
// gateway must never import, and it keeps the entire vocabulary where this one keeps a window of 256 KiB.
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { fileError } from './file-error.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { readTensors, type TensorSummary } from './tensors.ts';

const MAX_HEADER_BYTES = 256 * 1024 * 1024;
const MAX_ALIGNMENT = 1024 * 1024;
const DEFAULT_ALIGNMENT = 32;

/** What the header of one GGUF file says. */
export interface GgufHeader {
  readonly version: number;
  readonly metadata: Metadata;
  readonly tensors: TensorSummary;
  readonly fileBytes: number;
  /** The least size of a whole file; a shorter one is truncated. */
  readonly expectedBytes: number;
}

/** Reads the header of a GGUF file (version 2 or 3, little endian) and refuses a file that is shorter than it says. */
export const readGgufHeader = async (path: string): Promise<GgufHeader> => {
  const file = basename(path);
  const handle = await openFile(path, file);
  try {
    const { size } = await handle.stat();
    const header = await parseHeader(
      createByteReader(handle, { file, fileBytes: size, maxBytes: MAX_HEADER_BYTES }),
      file,
      size,
    );
    if (size < header.expectedBytes) {
      throw fileError(file, `${header.expectedBytes} bytes, as its header says`, `${size} bytes (truncated)`);
    }
    return header;
  } finally {
    await handle.close();
  }
};

const openFile = async (path: string, file: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw fileError(file, 'a readable file', code, { remedy: 'check its path and its permissions', cause });
  }
};

const parseHeader = async (reader: ByteReader, file: string, fileBytes: number): Promise<GgufHeader> => {
  const version = await readVersion(reader, file, fileBytes);
  await reader.fill(16);
  const tensorCount = reader.u64();
  const metadata = await readMetadata(reader, reader.u64(), file);
  const tensors = await readTensors(reader, tensorCount, file);
  const dataStart = alignUp(reader.position(), alignmentOf(metadata, file));
  const expectedBytes = tensors.count === 0 ? reader.position() : dataStart + tensors.dataBytes;
  return { version, metadata, tensors, fileBytes, expectedBytes };
};

const readVersion = async (reader: ByteReader, file: string, fileBytes: number): Promise<number> => {
  if (fileBytes < 24) throw fileError(file, 'a GGUF file', `${fileBytes} bytes`);
  await reader.fill(8);
  const magic = reader.bytes(4).toString('latin1');
  if (magic !== 'GGUF') throw fileError(file, 'a GGUF file (it begins with "GGUF")', JSON.stringify(magic));
  const version = reader.u32();
  if (version === 2 || version === 3) return version;
  const isBigEndian = version !== 0 && version % 65_536 === 0;
  throw fileError(file, 'GGUF version 2 or 3, little endian', isBigEndian ? 'a big-endian file' : `version ${version}`);
};

const alignmentOf = (metadata: Metadata, file: string): number => {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment === 'number' && alignment > 0 && alignment <= MAX_ALIGNMENT && alignment % 8 === 0) {
    return alignment;
  }
  throw fileError(file, 'an alignment that is a multiple of 8', JSON.stringify(alignment));
};

const alignUp = (position: number, alignment: number): number => Math.ceil(position / alignment) * alignment;
