import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { diskFull } from '../disk.ts';
import type { SourceContext } from './source.ts';
import { sourceError } from './source-error.ts';

/** Extracts one member of a zip archive into `context.part`; answers its hash. */
export const extractMember = async (
  archive: string,
  member: string,
  context: SourceContext,
): Promise<{ sha256: string }> => {
  const zip = await openZip(archive);
  try {
    const entry = await findEntry(zip, member);
    await context.checkRoom(entry.uncompressedSize);
    return { sha256: await writeOut(await openEntry(zip, entry), context) };
  } finally {
    zip.close();
  }
};

const writeOut = async (stream: Readable, { part, signal }: SourceContext) => {
  const hash = createHash('sha256');
  const target = await open(part, 'w');
  try {
    for await (const chunk of stream) {
      signal.throwIfAborted();
      await target.appendFile(chunk);
      hash.update(chunk);
    }
    await target.sync();
  } catch (error) {
    throw diskFull(error, part) ?? error;
  } finally {
    await target.close();
  }
  return hash.digest('hex');
};

const openZip = (archive: string): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    yauzl.open(archive, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) reject(sourceError(`the package is not a readable archive (${error.message})`, undefined, error));
      else resolve(zip);
    });
  });

const findEntry = (zip: ZipFile, member: string): Promise<Entry> =>
  new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      if (entry.fileName === member) resolve(entry);
      else zip.readEntry();
    });
    zip.on('error', (error) => reject(sourceError('the package is a damaged archive', undefined, error)));
    zip.on('end', () => reject(sourceError(`the package does not hold ${member}`)));
    zip.readEntry();
  });

const openEntry = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
