import { fileURLToPath } from 'node:url';
import { scriptedModel, startGateway } from '../../tests/gateway.ts';
import { RUNGS, type Rung } from './ladder.ts';
import { CHUNK_MS, CHUNKS, REPLY } from './reply.ts';
import { startChild } from './start-child.ts';

/** The rungs and, above them, the real gateway with its engine process. */
export const TARGETS = [...RUNGS, 'gateway'] as const;
export type TargetName = Rung | 'gateway';

export interface Target {
  readonly url: string;
  readonly ca?: string;
  readonly pid: number;
}

export interface Targets extends AsyncDisposable {
  readonly of: Readonly<Record<TargetName, Target>>;
  readonly headers: Readonly<Record<string, string>>;
}

const LADDER = fileURLToPath(new URL('ladder.ts', import.meta.url));
/** The engine's idle probes would be counted as work for requests. */
const NO_PROBE_MS = 86_400_000;

const models = [
  scriptedModel({ reply: REPLY, charactersPerChunk: REPLY.length }, { id: 'whole', slots: 256 }),
  scriptedModel(
    { reply: REPLY, charactersPerChunk: REPLY.length / CHUNKS, tokenMs: CHUNK_MS },
    { id: 'streamed', slots: 256 },
  ),
];

/** Starts the gateway and a server for each rung, which share its certificates and keys. */
export const startTargets = async (): Promise<Targets> => {
  await using starting = new AsyncDisposableStack();
  const gateway = starting.adopt(
    await startGateway({
      config: {
        limits: { maxConcurrency: 256, queue: 4096 },
        engines: { probeIntervalMs: NO_PROBE_MS },
        models,
      },
    }),
    async (started) => void (await started.stop()),
  );
  const { ca, data } = gateway;
  const rungs: [Rung, Target][] = [];
  for (const rung of RUNGS) {
    const { port, pid } = starting.use(await startChild(LADDER, [rung, data]));
    const isPlain = rung === 'bare';
    const url = `${isPlain ? 'http' : 'https'}://127.0.0.1:${port}`;
    rungs.push([rung, { url, pid, ...(isPlain ? {} : { ca }) }]);
  }
  const headers = { authorization: `Bearer ${await gateway.token('inference')}`, 'content-type': 'application/json' };
  const running = starting.move();
  return {
    // Safe: every rung has got its target.
    of: { ...(Object.fromEntries(rungs) as Record<Rung, Target>), gateway: { url: gateway.url, ca, pid: gateway.pid } },
    headers,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
