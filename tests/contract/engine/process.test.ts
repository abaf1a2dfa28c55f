import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSpec, forkEngine, startEngine } from '../../engine-process.ts';
import { chat } from './suite.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Sends something that is no command of ours; the channel itself is sound. */
const sendRaw = (engine: ReturnType<typeof forkEngine>, value: object): void => {
  engine.child.send(value);
};

describe('engine process', () => {
  it('refuses another protocol version and ends', async () => {
    const engine = forkEngine(undefined);
    sendRaw(engine, { type: 'start', spec: { ...engineSpec({ plugin: 'scripted' }), version: 99 } });
    expect((await engine.next('fatal')).message).toContain('protocol version');
    expect((await engine.exited).code).toBe(70);
  });

  it('refuses an unknown command and ends', async () => {
    const engine = forkEngine(undefined);
    sendRaw(engine, { type: 'dance' });
    expect((await engine.next('fatal')).message).toContain('known command');
    expect((await engine.exited).code).toBe(70);
  });

  it('refuses a plugin nobody has, naming those there are', async () => {
    const engine = forkEngine(engineSpec({ plugin: 'node-lama-cpp' }));
    const { code, message } = await engine.next('fatal');
    expect(code).toBe('ERR_CONFIG_INVALID');
    expect(message).toContain('node-llama-cpp');
    expect((await engine.exited).code).toBe(69);
  });

  it('runs a plugin of a third party by the name of its module', async () => {
    const file = join(folder, 'third-party.mjs');
    writeFileSync(file, THIRD_PARTY);
    await using engine = await startEngine(engineSpec({ plugin: file, options: { word: 'hello' } }));
    const { text, end } = await engine.generate({ input: chat('x') });
    expect(text).toBe('hello');
    expect(end).toMatchObject({ type: 'finished', reason: 'stop' });
  });

  it('reports what a plugin throws past everybody, and ends', async () => {
    const file = join(folder, 'exploding.mjs');
    writeFileSync(file, THIRD_PARTY.replace('sink.accepted(1);', "setTimeout(() => { throw new Error('boom'); }, 0);"));
    const engine = forkEngine(engineSpec({ plugin: file, options: { word: 'x' } }));
    expect((await engine.next('fatal')).message).toContain('boom');
    expect((await engine.exited).code).toBe(70);
  });

  it('leaves Ctrl-C to its parent', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted' }));
    engine.child.kill('SIGINT');
    expect((await engine.generate({ input: chat('still here') })).text).toBe('still here');
  });

  it('finishes what runs on SIGTERM', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { tokenMs: 5 } }));
    const answer = engine.generate({ input: chat('to the last word') });
    await engine.next('tokens');
    engine.child.kill('SIGTERM');
    expect((await answer).text).toBe('to the last word');
    expect(await engine.exited).toEqual({ code: 0, signal: null });
  });

  it('ends while it still loads when its parent lets go', async () => {
    const engine = forkEngine(engineSpec({ plugin: 'scripted', options: { loadMs: 3_600_000 } }));
    engine.child.disconnect();
    await engine.exited;
  });

  it('applies new options while it runs, and keeps the old ones when they are wrong', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { reply: 'one' } }));
    engine.send({ type: 'configure', options: { reply: 'two' } });
    expect((await engine.generate({ input: chat('x') })).text).toBe('two');
    engine.send({ type: 'configure', options: { reply: 3 } });
    expect((await engine.generate({ input: chat('x') })).text).toBe('two');
    expect(engine.log()).toContain('settings kept');
  });
});

const THIRD_PARTY = `
export const plugin = {
  manifest: { id: 'engine.third-party', kind: 'engine', summary: 'Says one word.' },
  config: (raw) => raw,
  start: async ({ config, spec }) => ({
    info: { plugin: 'third-party', context: 10, slots: spec.slots, threads: 1, embeds: false, device: 'cpu' },
    generate(id, request, sink) {
      sink.accepted(1);
      sink.started();
      sink.tokens(config.word, 1);
      sink.finished('stop');
    },
    cancel() {},
    configure() {},
    stats: () => ({ slotsUsed: 0, slotsLimit: spec.slots, waiting: 0 }),
    stop: async () => {},
  }),
};
`;
