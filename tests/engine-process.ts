import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GenerationRequest } from '../services/engine/protocol/generation.ts';
import {
  type EngineCommand,
  type EngineEvent,
  type EngineSpec,
  PROTOCOL_VERSION,
} from '../services/engine/protocol/messages.ts';
import { readMessage } from '../services/engine/protocol/read.ts';
import { loopbackRows } from './loopback-way.ts';

const MAIN = fileURLToPath(new URL('../services/engine/main.ts', import.meta.url));

type EventType = EngineEvent['type'];
type EventOf<Type extends EventType> = Extract<EngineEvent, { type: Type }>;

/** A real engine process under test. */
export interface EngineProcess {
  readonly child: ChildProcess;
  /** Everything it said, in order. */
  readonly events: readonly EngineEvent[];
  /** The same, message by message. */
  readonly messages: readonly (readonly EngineEvent[])[];
  /** What it wrote to its standard error. */
  readonly log: () => string;
  send(command: EngineCommand): void;
  /** The first event of this type that matches, past or future; rejects when the process ends without it. */
  next<Type extends EventType>(type: Type, where?: (event: EventOf<Type>) => boolean): Promise<EventOf<Type>>;
  /** Resolves as soon as a condition on the events holds; rejects when the process ends without it. */
  until(condition: () => boolean): Promise<void>;
  /** Sends a request and does not wait for its answer; gives its id. */
  begin(request: Partial<GenerationRequest>): number;
  /** One generation from start to end. */
  generate(request: Partial<GenerationRequest>): Promise<Generation>;
  /** Tells it to stop and waits for its end. */
  stop(now?: boolean): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Generation {
  readonly id: number;
  readonly text: string;
  readonly chunks: readonly string[];
  readonly events: readonly EngineEvent[];
  readonly end: EventOf<'finished'> | EventOf<'failed'>;
}

/** A specification with defaults for whatever a test does not care about. */
export const engineSpec = (spec: Partial<EngineSpec> & Pick<EngineSpec, 'plugin'>): EngineSpec => ({
  version: PROTOCOL_VERSION,
  modelId: 'test',
  files: [],
  slots: 4,
  context: 'auto',
  kvTokens: 'auto',
  threads: 1,
  gpuLayers: 'auto',
  device: 'cpu',
  options: {},
  egress: loopbackRows('upstream'),
  ...spec,
});

/** A request with defaults for whatever a test does not care about. */
export const generationRequest = (request: Partial<GenerationRequest> = {}): GenerationRequest => ({
  input: { kind: 'chat', messages: [{ role: 'user', content: 'Say hello.' }] },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: 1,
  stop: [],
  responseFormat: { type: 'text' },
  ...request,
});

/** Forks an engine process and, unless told not to, starts the engine of the specification in it. */
export const forkEngine = (spec: EngineSpec | undefined): EngineProcess => {
  const child = fork(MAIN, { serialization: 'json', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  const heard = listenTo(child);
  let nextId = 1;

  const engine: EngineProcess = {
    child,
    events: heard.events,
    messages: heard.messages,
    log: heard.log,
    exited: heard.exited,
    until: heard.until,
    send: (command) => child.send(command),
    async next(type, where = () => true) {
      type Wanted = EventOf<typeof type>;
      // Safe: the type is compared first.
      const find = () => heard.events.find((event) => event.type === type && where(event as Wanted));
      await heard.until(() => find() !== undefined);
      return find() as Wanted;
    },
    begin(request) {
      const id = nextId;
      nextId += 1;
      engine.send({ type: 'generate', id, request: generationRequest(request) });
      return id;
    },
    async generate(request) {
      const id = engine.begin(request);
      return collect(id, await heard.endOf(id), heard.eventsOf(id));
    },
    async stop(now = false) {
      // One that has just ended by itself cannot be told any more, which the callback hears instead of a test.
      if (child.connected) child.send({ type: 'stop', now } satisfies EngineCommand, () => {});
      return heard.exited;
    },
  };
  if (spec !== undefined) engine.send({ type: 'start', spec });
  return engine;
};

const collect = (id: number, end: Generation['end'], events: readonly EngineEvent[]): Generation => {
  const chunks = events.flatMap((event) => (event.type === 'tokens' ? [event.text] : []));
  return { id, text: chunks.join(''), chunks, events, end };
};

/** Keeps what a process says, sorted by the work it is about: thousands of streams are waited for at once. */
const listenTo = (child: ChildProcess) => {
  const events: EngineEvent[] = [];
  const byId = new Map<number, EngineEvent[]>();
  const messages: (readonly EngineEvent[])[] = [];
  const watchers = new Set<() => void>();
  const ends = new Map<number, (end: Generation['end']) => void>();
  let log = '';

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  // A process that died leaves a closed channel; the tests look at how it ended instead.
  child.on('error', () => {});
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }));
  const endedFirst = (): Promise<never> =>
    exited.then(({ code, signal }) => {
      throw new Error(`the engine ended first (code ${code}, signal ${signal})\n${log}`);
    });

  const eventsOf = (id: number): EngineEvent[] => {
    const known = byId.get(id) ?? [];
    byId.set(id, known);
    return known;
  };

  child.on('message', (value) => {
    const message = readMessage(value);
    messages.push(message.events);
    for (const event of message.events) {
      events.push(event);
      if (!('id' in event)) continue;
      eventsOf(event.id).push(event);
      if (event.type === 'finished' || event.type === 'failed') ends.get(event.id)?.(event);
    }
    for (const watcher of [...watchers]) watcher();
  });

  return {
    events,
    messages,
    eventsOf,
    exited,
    log: () => log,
    endOf: (id: number): Promise<Generation['end']> =>
      Promise.race([new Promise<Generation['end']>((resolve) => ends.set(id, resolve)), endedFirst()]),
    until: (condition: () => boolean): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = (): void => {
        if (!condition()) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
      return Promise.race([promise, endedFirst()]);
    },
  };
};

/** A started engine that is ready, and stopped at the end of the block that holds it (`await using`). */
export const startEngine = async (spec: EngineSpec): Promise<EngineProcess & AsyncDisposable> => {
  const engine = forkEngine(spec);
  await engine.next('ready');
  return {
    ...engine,
    [Symbol.asyncDispose]: async () => {
      engine.child.kill('SIGKILL');
      await engine.exited;
    },
  };
};
