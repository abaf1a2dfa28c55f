import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMessage, GenerationInput, GenerationRequest } from '../../../services/engine/protocol/generation.ts';
import type { EngineEvent, EngineSpec } from '../../../services/engine/protocol/messages.ts';
import { type EngineProcess, forkEngine, startEngine } from '../../engine-process.ts';

/** What the suite must know about one engine to put it through its paces. */
export interface EngineUnderTest {
  readonly name: string;
  /** A specification with these slots and this context. */
  readonly spec: (size: { slots: number; context: number }) => EngineSpec;
  /** A prompt whose greedy answer goes on for at least so many tokens. */
  readonly longPrompt: GenerationInput;
  /** A prompt whose answer is full of characters of more than one byte. */
  readonly unicodePrompt: GenerationInput;
  /** Whether promptTokens are known before the end. */
  readonly countsPrompts: boolean;
  readonly embeds: boolean;
}

const LONG_ANSWER = 12;
/** More than anybody waits for: such an answer is cancelled, or ends with its process. */
const ENDLESS = 200;
const CONTEXT = 512;

export const chat = (content: string, ...before: ChatMessage[]): GenerationInput => ({
  kind: 'chat',
  messages: [...before, { role: 'user', content }],
});

/** What the gateway relies on, whichever engine it talks to: one suite, run against each of them. */
export const describeEngine = (engine: EngineUnderTest): void => {
  const start = (slots: number) => startEngine(engine.spec({ slots, context: CONTEXT }));
  /** One process for a group of tests: loading a model takes longer than most of them. */
  const share = (slots: number) => {
    let shared: Awaited<ReturnType<typeof start>> | undefined;
    beforeAll(async () => {
      shared = await start(slots);
    });
    afterAll(() => shared?.[Symbol.asyncDispose]());
    return (): EngineProcess => {
      if (shared === undefined) throw new TypeError('the engine did not start');
      return shared;
    };
  };

  describe(`engine contract: ${engine.name}`, () => {
    const shared = share(2);

    it('accepts, writes and finishes, in this order and with a true count', async () => {
      const process = shared();
      const { events, end, text } = await process.generate({ input: engine.longPrompt, maxTokens: LONG_ANSWER });
      const types = events.map(({ type }) => type);
      expect(types[0]).toBe('accepted');
      expect(types.slice(1, -1).every((type) => type === 'tokens')).toBe(true);
      expect(end).toMatchObject({ type: 'finished', reason: 'length', usage: { completionTokens: LONG_ANSWER } });
      expect(sumTokens(events)).toBe(LONG_ANSWER);
      expect(text.length).toBeGreaterThan(0);
      if (engine.countsPrompts) expect(events[0]).toMatchObject({ promptTokens: promptTokensOf(end) });
      expect(promptTokensOf(end)).toBeGreaterThan(0);
    });

    it('sends at most one message per step, however many write', async () => {
      const process = shared();
      const before = process.messages.length;
      // Long enough that the second one has begun before the first one ends, however busy the machine is.
      const answers = await generateMany(process, 2, { input: engine.longPrompt, maxTokens: 4 * LONG_ANSWER });
      const tokens = answers.flatMap(({ events }) => events).filter(({ type }) => type === 'tokens').length;
      const messages = process.messages.slice(before).filter((events) => events.some(({ type }) => type === 'tokens'));
      expect(messages.length).toBeLessThan(tokens);
    });

    it('answers the same for the same seed', async () => {
      const process = shared();
      const request = { input: engine.longPrompt, maxTokens: LONG_ANSWER, temperature: 1, seed: 42 };
      const first = await process.generate(request);
      const second = await process.generate(request);
      expect(second.text).toBe(first.text);
    });

    it('ends before a stop string that is split over tokens', async () => {
      const process = shared();
      const request = { input: engine.longPrompt, maxTokens: LONG_ANSWER };
      const whole = await process.generate(request);
      const stop = acrossTokens(whole.chunks);
      const cut = await process.generate({ ...request, stop: [stop] });
      expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
      expect(cut.end).toMatchObject({ type: 'finished', reason: 'stop' });
    });

    it('never breaks a character', async () => {
      const process = shared();
      const { chunks, end } = await process.generate({ input: engine.unicodePrompt, maxTokens: 24 });
      expect(end.type).toBe('finished');
      // Only an answer that is cut off may end in the middle of a character.
      const settled = chunks.slice(0, -1);
      for (const chunk of settled) expect(chunk.isWellFormed() && !chunk.includes('\u{fffd}')).toBe(true);
      expect(chunks.some((chunk) => Buffer.byteLength(chunk) > chunk.length)).toBe(true);
    });

    it('refuses what does not fit into its context, with both counts', async () => {
      const process = shared();
      const { end } = await process.generate({ input: chat('many words '.repeat(500)) });
      expect(end).toMatchObject({
        type: 'failed',
        code: 'ERR_ENGINE_CONTEXT_OVERFLOW',
        details: { promptTokens: expect.any(Number), contextTokens: CONTEXT },
      });
    });

    it('works through more requests than it has slots, and ends with all of them free', async () => {
      const process = shared();
      const answers = await generateMany(process, 6, { input: engine.longPrompt, maxTokens: 4 });
      expect(answers.map(({ end }) => end.type)).toEqual(answers.map(() => 'finished'));
      const seen = process.events.length;
      await process.until(() => process.events.slice(seen).some(isIdle));
    });

    it.runIf(engine.embeds)('makes embeddings, one per input and in order', async () => {
      const process = shared();
      process.send({ type: 'compute', id: 1, task: { kind: 'embed', inputs: ['one text', 'another', 'one text'] } });
      const { result } = await process.next('computed', ({ id }) => id === 1);
      if (result.kind !== 'embed') throw new TypeError(`expected embeddings, got ${result.kind}`);
      expect(result.vectors).toHaveLength(3);
      expect(result.vectors[2]).toEqual(result.vectors[0]);
      expect(result.vectors[1]).not.toEqual(result.vectors[0]);
      expect(result.promptTokens).toBeGreaterThan(0);
    });

    it('finishes what runs when told to stop', async () => {
      await using process = await start(1);
      const answer = process.generate({ input: engine.longPrompt, maxTokens: LONG_ANSWER });
      await process.next('tokens');
      const exit = await process.stop();
      expect((await answer).end.type).toBe('finished');
      expect(exit).toEqual({ code: 0, signal: null });
    });

    it('ends at once when told to stop now', async () => {
      await using process = await start(1);
      process.begin({ input: engine.longPrompt, maxTokens: ENDLESS });
      await process.next('tokens');
      expect((await process.stop(true)).code).toBe(0);
    });

    it('ends when its parent lets go', async () => {
      await using process = await start(1);
      process.begin({ input: engine.longPrompt, maxTokens: ENDLESS });
      await process.next('tokens');
      process.child.disconnect();
      await process.exited;
    });

    it('is gone when killed, in the middle of loading too', async () => {
      const process = forkEngine(engine.spec({ slots: 1, context: CONTEXT }));
      process.child.kill('SIGKILL');
      expect(await process.exited).toEqual({ code: null, signal: 'SIGKILL' });
    });
  });

  describe(`engine contract: ${engine.name}, one slot`, () => {
    const shared = share(1);

    it('frees the slot of a cancelled request at once', async () => {
      const process = shared();
      const cancelled = process.begin({ input: engine.longPrompt, maxTokens: ENDLESS });
      await process.next('tokens', ({ id }) => id === cancelled);
      const next = process.generate({ input: engine.longPrompt, maxTokens: 2 });
      process.send({ type: 'cancel', id: cancelled });
      expect((await next).end.type).toBe('finished');
      const nextStarted = process.events.findIndex((event) => event.type === 'tokens' && event.id !== cancelled);
      expect(process.events.slice(nextStarted).some((event) => isAbout(event, cancelled))).toBe(false);
      expect(process.events.some((event) => event.type === 'finished' && event.id === cancelled)).toBe(false);
    });

    it('lets a waiting request leave the queue', async () => {
      const process = shared();
      process.begin({ input: engine.longPrompt, maxTokens: LONG_ANSWER });
      const waiting = process.begin({ input: engine.longPrompt, maxTokens: ENDLESS });
      process.send({ type: 'cancel', id: waiting });
      const last = await process.generate({ input: engine.longPrompt, maxTokens: 2 });
      expect(last.end.type).toBe('finished');
      expect(process.events.some((event) => event.type === 'tokens' && isAbout(event, waiting))).toBe(false);
    });
  });
};

const isAbout = (event: EngineEvent, id: number): boolean => 'id' in event && event.id === id;

const generateMany = (process: EngineProcess, count: number, request: Partial<GenerationRequest>) =>
  Promise.all(Array.from({ length: count }, () => process.generate(request)));

const sumTokens = (events: readonly EngineEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === 'tokens' ? event.tokens : 0), 0);

const promptTokensOf = (event: EngineEvent): number | undefined =>
  event.type === 'finished' ? event.usage.promptTokens : undefined;

const isIdle = (event: EngineEvent): boolean =>
  event.type === 'stats' && event.stats.slotsUsed === 0 && event.stats.waiting === 0;

/** A text that occurs in the answer only across a border between two of its tokens. */
const acrossTokens = (chunks: readonly string[]): string => {
  const written = chunks.filter((chunk) => chunk !== '');
  const middle = Math.floor(written.length / 2);
  return `${written[middle - 1]?.slice(-1)}${written[middle]}`;
};
