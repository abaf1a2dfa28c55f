/** Cuts text that comes in pieces into lines; one longer than `maxLength` is handed to `onLong` in pieces instead. */
export const createLineSplitter = (
  onLine: (line: string) => void,
  maxLength: number,
  onLong: (piece: string) => void = onLine,
): ((chunk: string) => void) => {
  let rest = '';
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const line = rest + chunk.slice(start, end);
      rest = '';
      start = end + 1;
      if (line.length > maxLength) onLong(line);
      else onLine(line);
    }
    rest += chunk.slice(start);
    if (rest.length <= maxLength) return;
    onLong(rest);
    rest = '';
  };
};

/** The last few lines of something. */
export interface Tail {
  add(line: string): void;
  lines(): readonly string[];
}

/** Keeps what is needed to explain a failure and forgets the rest. */
export const createTail = (size: number): Tail => {
  const kept: string[] = [];
  return {
    add(line) {
      kept.push(line);
      if (kept.length > size) kept.shift();
    },
    lines: () => kept,
  };
};
