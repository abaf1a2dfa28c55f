import { describe, expect, it } from 'vitest';
import { engineSpec, forkEngine, startEngine } from '../../engine-process.ts';
import { chat, describeEngine } from './suite.ts';

const TEXT = Array.from({ length: 60 }, (_, number) => `word ${number} `).join('');

describeEngine({
  name: 'scripted',
  spec: (size) => engineSpec({ plugin: 'scripted', ...size, options: { charactersPerChunk: [1, 7], tokenMs: 1 } }),
  longPrompt: chat(TEXT),
  unicodePrompt: chat('🙂字é🎉👨‍👩‍👧 '.repeat(20)),
  countsPrompts: true,
  embeds: true,
});

describe('scripted engine', () => {
  it('echoes the last user message exactly as it received it', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted' }));
    const content = ' \u0000"\\\n\u2028 🙂  ';
    const { text } = await engine.generate({ input: chat(content, { role: 'user', content: 'no' }) });
    expect(text).toBe(content);
  });

  it('loads as long as told, and says how far it is', async () => {
    const engine = forkEngine(engineSpec({ plugin: 'scripted', options: { loadMs: 40 } }));
    await engine.next('ready');
    expect(engine.events.flatMap((event) => (event.type === 'loading' ? [event.ratio] : []))).toEqual([
      0.25, 0.5, 0.75, 1,
    ]);
    await engine.stop(true);
  });

  it('fails after as many tokens as told', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { failAfterTokens: 3 } }));
    const { end, chunks } = await engine.generate({ input: chat(TEXT) });
    expect(end).toMatchObject({ type: 'failed', code: 'ERR_ENGINE_FAILED' });
    expect(chunks).toHaveLength(3);
  });

  it('fails the share of requests it is told to', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { failRate: 0.5 } }));
    const ends = await Promise.all(Array.from({ length: 40 }, () => engine.generate({ input: chat('x') })));
    const failed = ends.filter(({ end }) => end.type === 'failed').length;
    expect(failed).toBeGreaterThan(5);
    expect(failed).toBeLessThan(35);
  });

  it('stops its heartbeat and keeps its work when it hangs', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { hangAfterTokens: 2 } }));
    const id = engine.begin({ input: chat(TEXT) });
    await engine.next('tokens', (event) => event.id === id);
    engine.send({ type: 'cancel', id });
    const beats = () =>
      engine.events.flatMap((event) => (event.type === 'heartbeat' && event.active === 1 ? [event.beats] : []));
    await engine.until(() => beats().length >= 3);
    expect(new Set(beats()).size).toBe(1);
  });

  it('dies as if killed, after the tokens it was told to send', async () => {
    await using engine = await startEngine(engineSpec({ plugin: 'scripted', options: { crashAfterTokens: 3 } }));
    const answer = engine.generate({ input: chat(TEXT) });
    await expect(answer).rejects.toThrow('the engine ended first');
    expect(await engine.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(engine.events.filter(({ type }) => type === 'tokens')).toHaveLength(3);
  });

  it('holds two thousand streams at once', async () => {
    const streams = 2000;
    await using engine = await startEngine(
      engineSpec({ plugin: 'scripted', slots: streams, options: { firstTokenMs: 20, tokenMs: 5 } }),
    );
    const answers = await Promise.all(
      Array.from({ length: streams }, (_, number) => engine.generate({ input: chat(`stream number ${number}`) })),
    );
    expect(
      answers.every(({ text, end }, number) => end.type === 'finished' && text === `stream number ${number}`),
    ).toBe(true);
    const events = answers.reduce((sum, answer) => sum + answer.events.length, 0);
    expect(engine.messages.length).toBeLessThan(events / 10);
  });
});
