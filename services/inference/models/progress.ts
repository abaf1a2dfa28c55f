import type { ErrorCode } from '../../../core/errors/codes.ts';

/** What happens to a model's files on their way here. */
export type FetchProgress =
  | {
      readonly phase: 'downloading';
      readonly source: string;
      readonly file: string;
      readonly receivedBytes: number;
      readonly totalBytes?: number;
      /** Of a split GGUF: which part, from 1, of how many. */
      readonly part: number;
      readonly parts: number;
    }
  /** The whole file is read and hashed. */
  | { readonly phase: 'checking'; readonly file: string }
  /** Another process downloads the same model; its progress as far as it can be seen. */
  | { readonly phase: 'waiting'; readonly receivedBytes: number; readonly totalBytes?: number }
  /** One source failed and the next is tried. */
  | { readonly phase: 'failed'; readonly source: string; readonly code: ErrorCode; readonly reason: string };

/** Passes on the first event, every change of phase or file, and otherwise at most one event per `intervalMs`. */
export const throttleProgress = (
  onProgress: (progress: FetchProgress) => void,
  { now, intervalMs }: { readonly now: () => number; readonly intervalMs: number },
): ((progress: FetchProgress) => void) => {
  let lastKey = '';
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const key = progress.phase === 'downloading' ? `${progress.source} ${progress.file}` : progress.phase;
    const isComplete = progress.phase === 'downloading' && progress.receivedBytes === progress.totalBytes;
    if (key === lastKey && !isComplete && progress.phase !== 'failed' && now() - lastMs < intervalMs) return;
    lastKey = key;
    lastMs = now();
    onProgress(progress);
  };
};
