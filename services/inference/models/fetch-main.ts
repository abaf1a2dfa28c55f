import { performance } from 'node:perf_hooks';
import { sealProcess } from '../../../core/egress/seal.ts';
import { createWayOut } from '../../../core/egress/way-out.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import type { FetchOrder, FetchReport } from './fetch-protocol.ts';
import { throttleProgress } from './progress.ts';
import { resolveModel } from './resolve.ts';

const PROGRESS_MS = 200;

// A process of its own, because a download may hash, unpack and wait for minutes while the gateway answers; it ends
// with its work, when it is told to, and when the process that started it is gone.
const LAST_MS = 3_000;

sealProcess();
const stopping = new AbortController();
let isBusy = false;
const stop = () => {
  stopping.abort(new Error('the fetch was stopped'));
  if (!isBusy) process.exit(0);
  // Whatever does not listen to the signal ends here.
  setTimeout(() => process.exit(1), LAST_MS).unref();
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

const send = (report: FetchReport): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(report, () => resolve());
    else resolve();
  });

const onProgress = throttleProgress((progress) => void send({ type: 'progress', progress }), {
  now: () => performance.now(),
  intervalMs: PROGRESS_MS,
});

const fetchModel = async ({ model, dir, downloads, egress, implied }: FetchOrder): Promise<FetchReport> => {
  const out = createWayOut({ rows: egress, note: (note) => void send({ type: 'egress', note }) });
  const way = { out, implied };
  const request = { model, dir, downloads, way, env: process.env, onProgress, signal: stopping.signal };
  try {
    return { type: 'done', ...(await resolveModel(request)) };
  } catch (error) {
    const { code, message, details, retryAfterSeconds } = toServiceError(error);
    return {
      type: 'failed',
      code,
      message,
      ...(details === undefined ? {} : { details }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
  }
};

// Safe: the only sender is fetcher.ts of the same version, over a channel nobody else can open.
process.once('message', async (order: FetchOrder) => {
  isBusy = true;
  await send(await fetchModel(order));
  process.exit(0);
});
