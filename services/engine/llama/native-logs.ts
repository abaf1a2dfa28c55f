import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';
import { type BufferReports, createBufferReports } from './buffer-sizes.ts';

const KEPT_LINES = 40;
/** `ggml_log_level`: warnings and errors; lines that go on with the one before them have a level of their own. */
const WARNING = 3;
const ERROR = 4;
const CONTINUED = 5;

export interface NativeLogs {
  /** The last lines from warnings up: what a failed load has to say for itself. */
  readonly lines: readonly string[];
  /** What it said of the memory it took. */
  readonly buffers: BufferReports;
  /** llama.cpp falls silent; must be called before it computes. */
  stop(): void;
}

/** Keeps what llama.cpp logs while it loads, which it does on a thread of its own; errors are passed on at once. */
export const keepNativeLogs = (native: Native, passOn: (line: string) => void = () => undefined): NativeLogs => {
  const lines: string[] = [];
  const buffers = createBufferReports();
  const logger = native.callback('log', (level: number, text: Pointer | null) => {
    const line = text === null ? '' : native.memory.text(text).trim();
    buffers.read(line);
    if (level < WARNING || level >= CONTINUED || line === '') return;
    if (level === ERROR) passOn(`llama.cpp: ${line}`);
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  native.api.llama_log_set(logger.pointer, null);
  return {
    lines,
    buffers,
    stop() {
      native.api.llama_log_set(native.silentLogger, null);
      logger.release();
    },
  };
};
