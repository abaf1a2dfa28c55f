import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationRequest, Task } from '../../engine/protocol/generation.ts';
import {
  type EngineEvent,
  type EngineSpec,
  type LoadedModel,
  PROTOCOL_VERSION,
  type StepStats,
} from '../../engine/protocol/messages.ts';
import { effortOf } from './effort.ts';
import type { EngineEgress } from './engine-egress.ts';
import { type EngineExit, type EngineProcess, startEngineProcess } from './engine-process.ts';
import { PROBE_REQUEST, probeWork } from './probe.ts';
import {
  forgive,
  judge,
  newVitals,
  noteEffort,
  noteHeartbeat,
  noteStats,
  noteToken,
  owesSign,
  takeSteps,
  type VitalLimits,
  type Vitals,
} from './vitals.ts';
import { createInFlight, type Work } from './work.ts';

export interface SessionListener {
  loading(ratio: number): void;
  ready(model: LoadedModel): void;
  /** The last piece of work in hand has ended. */
  idle(): void;
  /** It has to be replaced; its work has failed already, `ended` follows. */
  lost(reason: string): void;
  ended(exit: EngineExit): void;
  output(line: string): void;
}

interface Options {
  readonly entry: string;
  readonly spec: Omit<EngineSpec, 'version' | 'egress'>;
  readonly egress: EngineEgress;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly listener: SessionListener;
}

/** What a process gets to end by itself after it was told to. */
const STOP_GRACE_MS = 5000;

/** One engine process from its start to its end, with the work it has in hand. */
export class Session {
  readonly #now: () => number;
  readonly #modelId: string;
  readonly #listener: SessionListener;
  readonly #works = createInFlight();
  readonly #process: EngineProcess;
  readonly #egress: EngineEgress;
  readonly #forgetEgress: () => void;
  #vitals: Vitals | undefined;
  #grace: NodeJS.Timeout | undefined;
  #isLost = false;

  constructor({ entry, spec, now, egress, listener }: Options) {
    this.#egress = egress;
    this.#now = now;
    this.#modelId = spec.modelId;
    this.#listener = listener;
    this.#process = startEngineProcess({
      entry,
      onEvents: (events) => this.#read(events),
      onLine: (line) => listener.output(line),
      onExit: (exit) => this.#ended(exit),
    });
    this.#process.send({ type: 'start', spec: { version: PROTOCOL_VERSION, ...spec, egress: egress.rows() } });
    this.#forgetEgress = egress.onChange((rows) => this.#process.send({ type: 'configure', egress: rows }));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Absent until it is ready. */
  get vitals(): Readonly<Vitals> | undefined {
    return this.#vitals;
  }

  /** What its steps did since the last time. */
  takeSteps(): readonly StepStats[] {
    return this.#vitals === undefined ? [] : takeSteps(this.#vitals);
  }

  get inFlight(): number {
    return this.#works.size;
  }

  /** Hands one piece of work to the engine; answers how to cancel it. */
  generate(request: GenerationRequest, work: Work): () => void {
    const id = this.#works.add(work);
    this.#process.send({ type: 'generate', id, request });
    return () => this.#cancel(id);
  }

  compute(task: Task, work: Work): () => void {
    const id = this.#works.add(work);
    this.#process.send({ type: 'compute', id, task });
    return () => this.#cancel(id);
  }

  /** Has it write down where its CPU time goes; `file` is on this machine. */
  profile(seconds: number, file: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const nothing = () => undefined;
    const work = { accepted: nothing, tokens: nothing, finished: nothing, computed: nothing };
    const id = this.#works.add({ ...work, profiled: resolve, failed: reject });
    this.#process.send({ type: 'profile', id, seconds, file });
    return promise;
  }

  configure(change: Partial<Pick<EngineSpec, 'threads' | 'options'>>): void {
    this.#process.send({ type: 'configure', ...change });
  }

  /** Sends a probe when one is due and gives the process up when it has stalled. `wasDeaf`: this side did not read. */
  check(limits: VitalLimits, wasDeaf: boolean): void {
    if (this.#vitals === undefined || this.#isLost) return;
    const now = this.#now();
    if (wasDeaf) forgive(this.#vitals, now);
    noteEffort(this.#vitals, owesSign(this.#vitals, now) ? effortOf(this.#process.pid) : undefined, now);
    const verdict = judge(this.#vitals, this.#works.size, limits, now);
    if (verdict.kind === 'probe') this.#probe(this.#vitals, now);
    if (verdict.kind === 'stalled') this.giveUp(verdict.reason);
  }

  /** Fails its work now, not when the kernel is done with the process. */
  giveUp(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#works.failAll(diedError(this.#modelId, reason));
    this.#process.kill();
    this.#listener.lost(reason);
  }

  /** Tells it to end: after what it has in hand, or now. Native code that computes does not hear, so it gets a limit. */
  stop(now: boolean): void {
    this.#process.send({ type: 'stop', now });
    this.#grace ??= setTimeout(() => this.#process.kill(), STOP_GRACE_MS);
  }

  #read(events: readonly EngineEvent[]): void {
    if (this.#isLost) return;
    const now = this.#now();
    const before = this.#works.size;
    for (const event of events) this.#take(event, now);
    if (before > 0) this.#tellIdle();
  }

  #take(event: EngineEvent, now: number): void {
    switch (event.type) {
      case 'tokens':
        if (this.#vitals !== undefined) noteToken(this.#vitals, now);
        return this.#works.get(event.id)?.tokens(event.text, event.tokens, event.details);
      case 'accepted':
        return this.#works.get(event.id)?.accepted(event.promptTokens);
      case 'finished':
        return this.#works.take(event.id)?.finished(event);
      case 'computed':
        return this.#works.take(event.id)?.computed(event);
      case 'failed':
        return this.#works.take(event.id)?.failed(failureOf(event));
      case 'profiled':
        return this.#works.take(event.id)?.profiled?.();
      case 'heartbeat':
        if (this.#vitals !== undefined) noteHeartbeat(this.#vitals, event.beats, event.active, now);
        return;
      case 'stats':
        if (this.#vitals !== undefined) noteStats(this.#vitals, event.stats);
        return;
      case 'egress':
        return this.#egress.note(event.note);
      case 'loading':
        return this.#listener.loading(event.ratio);
      case 'ready':
        this.#vitals ??= newVitals(now);
        return this.#listener.ready(event.model);
      case 'fatal':
        return; // its process ends next, and its exit carries the cause
    }
  }

  #tellIdle(): void {
    if (this.#works.size === 0) this.#listener.idle();
  }

  #cancel(id: number): void {
    if (!this.#works.remove(id)) return;
    this.#process.send({ type: 'cancel', id });
    this.#tellIdle();
  }

  #probe(vitals: Vitals, now: number): void {
    vitals.probeSentAt = now;
    const onEnd = (isGood: boolean) => {
      vitals.probeSentAt = undefined;
      vitals.probeFailures = isGood ? 0 : vitals.probeFailures + 1;
    };
    this.generate(PROBE_REQUEST, probeWork(onEnd));
  }

  #ended(exit: EngineExit): void {
    this.#forgetEgress();
    clearTimeout(this.#grace);
    this.#isLost = true;
    this.#works.failAll(diedError(this.#modelId, exit.reason));
    this.#listener.ended(exit);
  }
}

const diedError = (model: string, reason: string): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_DIED',
    `model ${model}: its engine ended while it worked on this request (${reason}); send the request again`,
    { details: { model }, retryAfterSeconds: 1 },
  );

const failureOf = ({ code, message, details, retryAfterSeconds }: EngineEvent & { type: 'failed' }): ServiceError =>
  new ServiceError(code, message, {
    ...(details === undefined ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
