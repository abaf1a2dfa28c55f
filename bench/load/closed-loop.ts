import { readFileSync } from 'node:fs';
import { Client } from 'undici';

export interface LoadPlan {
  readonly url: string;
  /** The authority that signed the server's certificate, where it has one. */
  readonly ca?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status every answer must have; absent: 200. */
  readonly status?: number;
  /** Connections, each with one request under way at a time. */
  readonly connections: number;
  readonly requests: number;
  /** Requests per second over all connections; absent: as fast as it goes. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers of another status than the plan's. */
  readonly failures: number;
  readonly seconds: number;
  /** Milliseconds from sending a request to the last byte of its answer, ascending. */
  readonly latencies: readonly number[];
}

/** A load whose connections are open. */
export interface OpenedLoad {
  /** Sends a bounded number of requests and times each. */
  run(): Promise<LoadResult>;
}

/** Opens the connections of a load, each with one request that is not counted. */
export const openLoad = async (plan: LoadPlan): Promise<OpenedLoad> => {
  const connect = plan.ca === undefined ? {} : { connect: { ca: plan.ca } };
  const clients = Array.from(
    { length: plan.connections },
    () => new Client(plan.url, { ...connect, allowH2: false, pipelining: 1 }),
  );
  await Promise.all(clients.map((client) => send(client, plan)));
  return { run: () => runLoad(plan, clients) };
};

const runLoad = async (plan: LoadPlan, clients: readonly Client[]): Promise<LoadResult> => {
  const latencies: number[] = [];
  let failures = 0;
  let next = 0;
  const startedAt = performance.now();
  const loop = async (client: Client): Promise<void> => {
    for (let index = next++; index < plan.requests; index = next++) {
      if (plan.rate !== undefined) await at(startedAt + (index * 1000) / plan.rate);
      const sentAt = performance.now();
      const status = await send(client, plan);
      latencies.push(performance.now() - sentAt);
      if (status !== (plan.status ?? 200)) failures += 1;
    }
  };
  await Promise.all(clients.map(loop));
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  return { requests: latencies.length, failures, seconds, latencies: latencies.sort((a, b) => a - b) };
};

const send = async (client: Client, { path, headers, body }: LoadPlan): Promise<number> => {
  const answer = await client.request({ method: 'POST', path, headers, body });
  await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
  return answer.statusCode;
};

const at = (moment: number): Promise<void> | undefined => {
  const waitMs = moment - performance.now();
  return waitMs <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, waitMs));
};

/** The value below which the given share of ascending numbers lies. */
export const quantile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;

const CLOCK_TICKS_PER_SECOND = 100;

/** CPU seconds a process has used so far, all its threads, user and system. */
export const cpuSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name may hold spaces; the fields behind it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
};
