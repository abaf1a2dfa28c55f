import type { LlamaLogLevel } from 'node-llama-cpp';

const KEPT_LINES = 40;
const SERIOUS: ReadonlySet<string> = new Set(['fatal', 'error']);

export interface NativeLogs {
  readonly logger: (level: LlamaLogLevel, message: string) => void;
  /** The last lines from `warn` up: what a failed load has to say for itself. */
  recent(): readonly string[];
}

/** Keeps what llama.cpp logs; only errors are passed on at once, the rest waits for a failure to explain. */
export const keepNativeLogs = (passOn: (line: string) => void): NativeLogs => {
  const lines: string[] = [];
  return {
    logger: (level, message) => {
      const line = message.trim();
      if (line === '' || line === '.') return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      if (SERIOUS.has(level)) passOn(`llama.cpp: ${line}`);
    },
    recent: () => lines,
  };
};
