import { readFile, stat } from 'node:fs/promises';
import { classifyChanges } from './changes.ts';
import type { LoadedConfig } from './load.ts';
import type { Config } from './schema.ts';

interface Timers {
  /** Runs once after a while; the function cancels. */
  after(ms: number, run: () => void): () => void;
}

interface Options {
  readonly file: string;
  /** Reads the configuration as at start: same file, environment and flags. */
  readonly load: () => LoadedConfig;
  readonly current: Config;
  /** Live settings changed: `next` is the running configuration with only those replaced. */
  readonly onChange: (next: Config, changedLive: readonly string[]) => void;
  /** The file cannot be used, told once per distinct content; the settings stay. */
  readonly onRejected: (error: unknown) => void;
  /** The file was rejected and is in order again, whether or not anything changed; called before the others. */
  readonly onRestored?: () => void;
  /** Settings changed that only a restart applies. */
  readonly onNeedsRestart: (paths: readonly string[]) => void;
  readonly intervalMs?: number;
  readonly timers?: Timers;
  /** A text that differs whenever the file does; never rejects. */
  readonly fingerprint?: (file: string) => Promise<string>;
}

const DEFAULT_INTERVAL_MS = 250;

/**
 * Follows a configuration file by reading it again and again: that survives editors that replace it, swapped
 * symbolic links, network folders and deletion, where change notifications do not. A content counts once two
 * reads in a row agree, so a file is not taken while it is being written.
 */
export const watchConfig = (options: Options): { stop(): void } => {
  const { intervalMs = DEFAULT_INTERVAL_MS, timers = realTimers, fingerprint = readFingerprint } = options;
  let current = options.current;
  let seen: string | undefined;
  let handled: string | undefined;
  let cancel: () => void = () => undefined;
  let isRejected = false;
  let isStopped = false;

  const apply = (): void => {
    try {
      const changes = classifyChanges(current, options.load().config);
      current = changes.effective;
      if (isRejected) options.onRestored?.();
      isRejected = false;
      if (changes.live.length > 0) options.onChange(current, changes.live);
      if (changes.restart.length > 0) options.onNeedsRestart(changes.restart);
    } catch (error) {
      isRejected = true;
      options.onRejected(error);
    }
  };

  const poll = async (): Promise<void> => {
    const now = await fingerprint(options.file);
    if (isStopped) return;
    if (now === seen && now !== handled) {
      handled = now;
      apply();
    }
    seen = now;
    if (!isStopped) schedule();
  };

  const schedule = (): void => {
    cancel = timers.after(intervalMs, () => void poll());
  };

  schedule();
  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
};

const realTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** More is no configuration; it is refused by size, and a change of that size is not worth reading. */
const MAX_BYTES = 2_000_000;

const readFingerprint = async (file: string): Promise<string> => {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) return `size:${size}`;
    return `text:${await readFile(file, 'latin1')}`;
  } catch (error) {
    return `error:${error instanceof Error && 'code' in error ? error.code : 'unknown'}`;
  }
};
