import { Client, type Dispatcher } from 'undici';
import { createEventReader } from './event-reader.ts';

/** Requests of one kind, sent over kept connections. */
export interface Lane {
  readonly name: string;
  readonly bodies: readonly string[];
  /** Connections; each sends its next request when the answer to the last one is complete. */
  readonly connections: number;
  /** Milliseconds after the start at which each request is sent, whatever became of those before; absent: at once. */
  readonly sendAtMs?: readonly number[];
}

export interface GenerationPlan {
  readonly url: string;
  /** The authority that signed the server's certificate, where it has one. */
  readonly ca?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lanes: readonly Lane[];
}

/** One answer; moments are milliseconds since the start of the load. */
export interface Answered {
  readonly lane: string;
  readonly status: number;
  readonly sentAt: number;
  /** When its first text came; of an answer in one piece, all of it. */
  readonly firstAt: number;
  readonly endedAt: number;
  /** Milliseconds between pieces of text. */
  readonly gaps: readonly number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

export interface GenerationResult {
  /** From the first request to the end of the last answer. */
  readonly seconds: number;
  readonly answers: readonly Answered[];
}

/** Sends all lanes at once, over connections that are open before the clock starts. */
export const runGenerations = async (plan: GenerationPlan): Promise<GenerationResult> => {
  const lanes = await Promise.all(plan.lanes.map(async (lane) => ({ lane, clients: await connect(plan, lane) })));
  const startedAt = performance.now();
  const answers = await Promise.all(lanes.map(({ lane, clients }) => runLane(plan, lane, clients, startedAt)));
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(lanes.flatMap(({ clients }) => clients.map((client) => client.destroy())));
  return { seconds, answers: answers.flat() };
};

const connect = ({ url, ca, headers }: GenerationPlan, { connections }: Lane): Promise<Client[]> =>
  Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client(url, {
        pipelining: 1,
        allowH2: false,
        ...(ca === undefined ? {} : { connect: { ca } }),
      });
      const answer = await client.request({ method: 'GET', path: '/v1/models', headers });
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
      return client;
    }),
  );

const runLane = async (
  plan: GenerationPlan,
  { name, bodies, sendAtMs }: Lane,
  clients: readonly Client[],
  startedAt: number,
): Promise<Answered[]> => {
  const answers: Answered[] = [];
  let next = 0;
  const loop = async (client: Client): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      await until(startedAt + (sendAtMs?.[index] ?? 0));
      const answer = await send(client, plan, bodies[index] ?? '', startedAt);
      answers.push({ lane: name, ...answer });
    }
  };
  await Promise.all(clients.map(loop));
  return answers;
};

const until = (moment: number): Promise<void> | undefined => {
  const waitMs = moment - performance.now();
  return waitMs <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, waitMs));
};

const send = async (
  client: Client,
  { path, headers }: GenerationPlan,
  body: string,
  startedAt: number,
): Promise<Omit<Answered, 'lane'>> => {
  const moment = (): number => performance.now() - startedAt;
  const sentAt = moment();
  const answer = await request(client, { path, headers, body });
  const reader = createEventReader(String(answer.headers['content-type']), moment);
  for await (const chunk of answer.body) reader.push(chunk);
  return { status: answer.statusCode, sentAt, endedAt: moment(), ...reader.end() };
};

const RECONNECTS = 3;

/** A server may close a kept connection just as the next request is sent; then it was not read, and is sent again. */
const request = async (
  client: Client,
  what: { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Dispatcher.ResponseData> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await client.request({ ...what, method: 'POST', headersTimeout: 0, bodyTimeout: 0 });
    } catch (error) {
      if (attempt === RECONNECTS || !isClosed(error)) throw error;
    }
  }
};

const isClosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET');
