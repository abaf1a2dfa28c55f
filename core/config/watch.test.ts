import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServiceError } from '../errors/service-error.ts';
import { loadConfig } from './load.ts';
import { configSchema } from './schema.ts';
import { watchConfig } from './watch.ts';

const WAIT = { timeout: 60_000, interval: 5 };

interface Seen {
  readonly queues: number[];
  readonly changed: string[][];
  readonly rejected: unknown[];
  readonly restarts: string[][];
}

const recorder = () => {
  const seen: Seen = { queues: [], changed: [], rejected: [], restarts: [] };
  return {
    seen,
    onChange: (next: { limits: { queue: number } }, changed: readonly string[]) => {
      seen.queues.push(next.limits.queue);
      seen.changed.push([...changed]);
    },
    onRejected: (error: unknown) => seen.rejected.push(error),
    onNeedsRestart: (paths: readonly string[]) => seen.restarts.push([...paths]),
  };
};

describe('the decision to reload', () => {
  let contents: string;
  let loads: string[];
  let tick: () => Promise<void>;
  let stop: () => void;
  let seen: Seen;
  let restored: number;
  /** What `load` makes of a content: `queue` or an error. */
  const parse = (text: string) => {
    if (text.startsWith('bad')) throw new ServiceError('ERR_CONFIG_INVALID', text);
    return { config: configSchema.parse({ limits: { queue: Number(text) } }), file: 'clawdbot.yaml' };
  };

  beforeEach(() => {
    contents = '1';
    loads = [];
    restored = 0;
    let pending: (() => void) | undefined;
    const callbacks = recorder();
    seen = callbacks.seen;
    const watcher = watchConfig({
      file: 'clawdbot.yaml',
      load: () => {
        loads.push(contents);
        return parse(contents);
      },
      current: configSchema.parse({ limits: { queue: 1 } }),
      ...callbacks,
      onRestored: () => {
        restored += 1;
      },
      fingerprint: async () => contents,
      timers: {
        after: (_ms, run) => {
          pending = run;
          return () => {
            pending = undefined;
          };
        },
      },
    });
    stop = watcher.stop;
    tick = async () => {
      pending?.();
      await new Promise((done) => setImmediate(done));
    };
  });
  const poll = async (text: string, times = 2) => {
    contents = text;
    for (let count = 0; count < times; count += 1) await tick();
  };

  test('waits until two reads agree', async () => {
    await poll('1');
    await poll('2', 1);
    await poll('23', 1);
    await poll('234', 1);
    expect(seen.queues).toEqual([]);
    await tick();
    expect(seen.queues).toEqual([234]);
  });

  test('reads the same content only once', async () => {
    await poll('5', 10);
    expect(loads).toEqual(['5']);
  });

  test('keeps the settings after a bad edit, says so once for each content, and takes the next good one', async () => {
    await poll('2');
    await poll('bad one', 5);
    await poll('bad two', 5);
    await poll('3', 5);
    expect(seen.queues).toEqual([2, 3]);
    expect(seen.rejected).toHaveLength(2);
  });

  test('says that the file is in order again, even when nothing changed', async () => {
    await poll('bad');
    expect(restored).toBe(0);
    await poll('1');
    await poll('1 ');
    expect(restored).toBe(1);
    expect(seen).toMatchObject({ queues: [], changed: [], restarts: [] });
  });

  test('stops for good, also between a read and its answer', async () => {
    contents = '9';
    await tick();
    const reading = tick();
    stop();
    await reading;
    await poll('8', 3);
    expect(seen.queues).toEqual([]);
    stop();
  });
});

describe('watching a real file', () => {
  let dir: string;
  let file: string;
  let watcher: { stop(): void } | undefined;
  let seen: Seen;
  const queue = (value: number | string) => `limits: { queue: ${value} }\n`;

  const watch = () => {
    const callbacks = recorder();
    seen = callbacks.seen;
    const load = () => loadConfig({ file, env: {} });
    watcher = watchConfig({ file, load, current: load().config, ...callbacks, intervalMs: 10 });
  };
  const untilQueue = (value: number) => vi.waitFor(() => expect(seen.queues.at(-1)).toBe(value), WAIT);
  const untilRejected = (times: number) => vi.waitFor(() => expect(seen.rejected).toHaveLength(times), WAIT);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'watch-'));
    file = join(dir, 'clawdbot.yaml');
    writeFileSync(file, queue(1));
  });
  afterEach(() => {
    watcher?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('written in place', async () => {
    watch();
    writeFileSync(file, queue(2));
    await untilQueue(2);
    expect(seen.changed).toEqual([['limits.queue']]);
  });

  test('replaced by an editor, again and again', async () => {
    watch();
    for (const value of [2, 3, 4]) {
      writeFileSync(`${file}.swp`, queue(value));
      renameSync(`${file}.swp`, file);
      await untilQueue(value);
    }
  });

  test('swapped like a Kubernetes ConfigMap: the file is a link into a linked folder', async () => {
    const publish = (version: string, value: number) => {
      mkdirSync(join(dir, version));
      writeFileSync(join(dir, version, 'clawdbot.yaml'), queue(value));
      symlinkSync(version, join(dir, '..data_tmp'));
      renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
    };
    unlinkSync(file);
    publish('..v1', 1);
    symlinkSync('..data/clawdbot.yaml', file);
    watch();
    publish('..v2', 2);
    rmSync(join(dir, '..v1'), { recursive: true });
    await untilQueue(2);
    publish('..v3', 3);
    await untilQueue(3);
    expect(seen.rejected).toEqual([]);
  });

  test('half written: the settings stay until the rest is there', async () => {
    watch();
    writeFileSync(file, 'limits: { queue: ');
    await untilRejected(1);
    expect(seen.queues).toEqual([]);
    writeFileSync(file, queue(5));
    await untilQueue(5);
    expect(seen.queues).toEqual([5]);
  });

  test('emptied, then filled', async () => {
    watch();
    writeFileSync(file, '');
    await untilRejected(1);
    writeFileSync(file, queue(6));
    await untilQueue(6);
  });

  test('deleted and back again', async () => {
    watch();
    unlinkSync(file);
    await untilRejected(1);
    expect(seen.rejected[0]).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    writeFileSync(file, queue(7));
    await untilQueue(7);
  });

  test('names what only a restart applies, and applies the rest', async () => {
    watch();
    writeFileSync(file, `${queue(8)}server: { port: 9000 }\n`);
    await untilQueue(8);
    expect(seen.restarts).toEqual([['server.port']]);
  });
});
