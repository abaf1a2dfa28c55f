import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Candidate } from './chain-checker.ts';
import { readLine } from './line.ts';

const LINE_FEED = 0x0a;
const CHUNK = 256 * 1024;

/** The lines of one file, whole chunks at a time; the last may lack its line feed. */
export async function* linesOf(path: string): AsyncGenerator<Candidate[]> {
  const file = basename(path);
  let rest: Buffer[] = [];
  let number = 0;
  const candidate = (bytes: Buffer): Candidate => {
    number += 1;
    const content = bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes;
    return { file, number, bytes, line: readLine(content) };
  };
  for await (const piece of createReadStream(path, { highWaterMark: CHUNK })) {
    // Safe: a stream without an encoding yields buffers.
    const chunk = piece as Buffer;
    const lines: Candidate[] = [];
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed !== -1; feed = chunk.indexOf(LINE_FEED, start)) {
      lines.push(candidate(Buffer.concat([...rest, chunk.subarray(start, feed + 1)])));
      rest = [];
      start = feed + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [candidate(Buffer.concat(rest))];
}
