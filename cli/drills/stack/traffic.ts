import type { RunningService } from '../../local/running-service.ts';

export interface TrafficCounts {
  readonly sent: number;
  /** By the status of their answer, `0` where none came. */
  readonly byStatus: ReadonlyMap<number, number>;
}

export interface Traffic {
  readonly counts: TrafficCounts;
  /** Of the requests that ended within the last milliseconds: how many, and how many of them with this status. */
  lately(ms: number, status: number): { readonly all: number; readonly matching: number };
  stop(): Promise<void>;
}

interface Options {
  readonly service: RunningService;
  readonly perSecond: number;
}

/** What each request is; default: a short one that is answered. */
export interface TrafficRequest {
  readonly path?: string;
  readonly body?: () => Readonly<Record<string, unknown>>;
}

const shortRequest = () => ({ prompt: 'How do you do?', maxTokens: 8 });

/** Sends requests at an even rate, however long each takes: as many users do who know nothing of each other. */
export const startTraffic = (
  { service, perSecond }: Options,
  { path = '/api/v1/inference', body = shortRequest }: TrafficRequest = {},
): Traffic => {
  const abort = new AbortController();
  const byStatus = new Map<number, number>();
  const ends: { readonly at: number; readonly status: number }[] = [];
  const under = new Set<Promise<void>>();
  let sent = 0;
  const send = async (): Promise<void> => {
    const status = await ask(service, { path, body: body(), signal: abort.signal });
    if (abort.signal.aborted) return;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    ends.push({ at: performance.now(), status });
  };
  const timer = setInterval(() => {
    sent += 1;
    const one = send().finally(() => under.delete(one));
    under.add(one);
  }, 1000 / perSecond);
  return {
    get counts() {
      return { sent, byStatus };
    },
    lately(ms, status) {
      const since = performance.now() - ms;
      const all = ends.filter(({ at }) => at >= since);
      return { all: all.length, matching: all.filter((end) => end.status === status).length };
    },
    async stop() {
      clearInterval(timer);
      abort.abort();
      await Promise.all(under);
    },
  };
};

interface One {
  readonly path: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

const ask = async (service: RunningService, { path, body, signal }: One): Promise<number> => {
  try {
    const answer = await service.send('POST', path, body, signal);
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return 0;
  }
};
