import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import type { EngineCommand, EngineEvent } from '../../engine/protocol/messages.ts';
import { readMessage } from '../../engine/protocol/read.ts';
import { createLineSplitter, createTail } from './lines.ts';

/** How an engine process ended. */
export interface EngineExit {
  /** One sentence for people. */
  readonly reason: string;
  /** What the engine itself gave as the cause, where it could. */
  readonly code: ErrorCode | undefined;
  /** The last lines it wrote to its standard streams. */
  readonly output: readonly string[];
}

export interface EngineProcessOptions {
  /** The module to run: `services/engine/main.ts`. */
  readonly entry: string;
  readonly onEvents: (events: readonly EngineEvent[]) => void;
  /** One line from its standard streams. */
  readonly onLine: (line: string) => void;
  /** Called once, when nothing more will come. */
  readonly onExit: (exit: EngineExit) => void;
}

export interface EngineProcess {
  /** Absent when it could not even be started. */
  readonly pid: number | undefined;
  /** What a process that is just ending is told, it no longer hears. */
  send(command: EngineCommand): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Starts one engine in a process of its own. Never throws: what prevents the start is reported as an exit. */
export const startEngineProcess = (options: EngineProcessOptions): EngineProcess => {
  try {
    return connect(options, spawnEngine(options.entry));
  } catch (error) {
    const reason = `the engine could not be started: ${error instanceof Error ? error.message : String(error)}`;
    setImmediate(() => options.onExit({ reason, code: undefined, output: [] }));
    return { pid: undefined, send: () => undefined, kill: () => undefined };
  }
};

const spawnEngine = (entry: string): ChildProcess =>
  spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_CHANNEL_FD: String(CHANNEL), NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
  });

const connect = (options: EngineProcessOptions, child: ChildProcess): EngineProcess => {
  const channel = channelOf(child);
  const tail = createTail(KEPT_LINES);
  const watch = watchEnd(child, channel, () => tail.lines(), options.onExit);

  const onLine = (line: string) => {
    tail.add(line);
    options.onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', createLineSplitter(onLine, MAX_OUTPUT_LINE));
  }
  const read = (line: string) => {
    try {
      const { events } = readMessage(JSON.parse(line));
      watch.noteFatal(events);
      options.onEvents(events);
    } catch (error) {
      watch.give(garbageReason(error), 'ERR_ENGINE_FAILED');
    }
  };
  const readLong = () =>
    watch.give(`the engine sent a message of more than ${MAX_MESSAGE} characters`, 'ERR_ENGINE_FAILED');
  channel.setEncoding('utf8').on('data', createLineSplitter(read, MAX_MESSAGE, readLong));

  return {
    pid: child.pid,
    send: createSender(channel),
    kill: () => child.kill('SIGKILL'),
  };
};

/**
 * The engine finds Node's own IPC on this descriptor (`NODE_CHANNEL_FD`, JSON, one message per line). This side reads
 * the plain stream, because Node's reader throws past every listener when the bytes are not JSON, and that would end
 * the gateway for the fault of one engine.
 */
const CHANNEL = 3;

/**
 * Writes commands, as few times as it can: a write wakes the engine and costs more than all else that is done for a
 * command. The first of a turn of the event loop leaves at once, those behind it together when the turn is over.
 */
const createSender = (channel: Duplex): EngineProcess['send'] => {
  let isGathering = false;
  const letGo = () => {
    isGathering = false;
    channel.uncork();
  };
  return (command) => {
    if (!channel.writable) return;
    channel.write(`${JSON.stringify(command)}\n`);
    if (isGathering) return;
    isGathering = true;
    channel.cork();
    setImmediate(letGo);
  };
};

const KEPT_LINES = 20;
const MAX_OUTPUT_LINE = 4096;
/** A large batch of embeddings takes tens of millions of characters. */
const MAX_MESSAGE = 268_435_456;
/** Pipes that outlive the process (a grandchild holds them) are not waited for longer than this. */
const CLOSE_GRACE_MS = 1000;

const channelOf = (child: ChildProcess): Duplex => {
  // Where the machine has no descriptors left, Node hands out a child without streams.
  const stream: unknown = child.stdio?.[CHANNEL];
  if (stream instanceof Duplex) return stream;
  child.once('error', () => undefined); // says the same once more
  throw new Error('no pipe to talk to it through (too many open files?)');
};

const garbageReason = (error: unknown): string =>
  // A parser would quote the bytes, which may hold a prompt.
  error instanceof ServiceError
    ? toServiceError(error).message
    : 'the channel of the engine delivered bytes that are not JSON';

/** Brings the ways a process can end (exit, lost channel, garbage, no start) down to one call of `onExit`. */
const watchEnd = (
  child: ChildProcess,
  channel: Duplex,
  output: () => readonly string[],
  onExit: (exit: EngineExit) => void,
) => {
  let given: { reason: string; code: ErrorCode } | undefined;
  let status = 'the channel of the engine closed';
  let hasEnded = false;
  let grace: NodeJS.Timeout | undefined;

  const end = () => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(grace);
    onExit({ reason: given?.reason ?? status, code: given?.code, output: output() });
  };
  const give = (reason: string, code: ErrorCode) => {
    given ??= { reason, code };
    child.kill('SIGKILL');
  };

  child.once('exit', (code, signal) => {
    status = signal === null ? `the engine exited with code ${code}` : `the engine was ended by ${signal}`;
    grace = setTimeout(end, CLOSE_GRACE_MS);
  });
  child.once('close', end);
  child.on('error', (error) => {
    status = `the engine could not be started or signalled: ${error.message}`;
    if (child.pid === undefined) end();
  });
  // Without its channel nobody can use it; `exit` follows.
  channel.once('close', () => child.kill('SIGKILL'));
  channel.on('error', () => undefined); // a command sent to a process that is just ending

  return {
    give,
    noteFatal(events: readonly EngineEvent[]) {
      const last = events.at(-1);
      if (last?.type === 'fatal') given ??= { reason: last.message, code: last.code };
    },
  };
};
