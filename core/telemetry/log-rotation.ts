import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

interface Stream {
  readonly dir: string;
  /** `app` is written to `app.json`. */
  readonly stream: string;
  /** Renamed files that are kept. */
  readonly maxFiles: number;
}

/** The file a stream is written to. */
export const currentFile = ({ dir, stream }: Pick<Stream, 'dir' | 'stream'>): string => join(dir, `${stream}.json`);

/** Renames the current file to `<stream>-<time>.json` and removes the oldest renamed ones. */
export const rotate = async (stream: Stream, at: Date): Promise<void> => {
  const files = await rotatedFiles(stream);
  await rename(currentFile(stream), join(stream.dir, freeName(stream.stream, at, new Set(files))));
  const surplus = files.slice(0, Math.max(0, files.length + 1 - stream.maxFiles));
  await Promise.all(surplus.map((file) => rm(join(stream.dir, file), { force: true })));
};

// The names sort by age, because the time in them is of fixed width.
const rotatedFiles = async ({ dir, stream }: Stream): Promise<string[]> => {
  const pattern = new RegExp(`^${stream}-\\d{8}T\\d{9}Z-\\d{3}\\.json$`);
  return (await readdir(dir)).filter((file) => pattern.test(file)).sort();
};

const freeName = (stream: string, at: Date, taken: ReadonlySet<string>): string => {
  const time = at.toISOString().replace(/[-:.]/g, '');
  for (let count = 0; ; count += 1) {
    const name = `${stream}-${time}-${String(count).padStart(3, '0')}.json`;
    if (!taken.has(name) || count === 999) return name;
  }
};
