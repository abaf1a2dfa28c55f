import { describe, expect, it } from 'vitest';
import { readModelFacts } from '../../../services/inference/models/facts.ts';
import { planContext } from '../../../services/inference/models/memory.ts';
import { embeddedModelConfig, embeddedModelFile } from '../../embedded-model.ts';
import { type EngineProcess, engineSpec, startEngine } from '../../engine-process.ts';

const file = await embeddedModelFile();
const model = embeddedModelConfig();
const facts = await readModelFacts(model, [file]);

/** Resident memory as the engine reports it next. */
const rssOf = async (engine: EngineProcess): Promise<number> => {
  const heard = engine.events.length;
  const latest = () => engine.events.slice(heard).find((event) => event.type === 'stats');
  await engine.until(() => latest() !== undefined);
  return latest()?.stats.rssBytes ?? Number.NaN;
};

/** One prompt that fills a whole step; the key-value memory is filled with zeros when it is made. */
const work = async (engine: EngineProcess): Promise<void> => {
  const prompt = 'the quick brown fox jumps over a lazy dog '.repeat(70);
  const { end } = await engine.generate({ input: { kind: 'text', prompt }, maxTokens: 4 });
  expect(end.type).toBe('finished');
};

describe('the memory planned for the embedded model', () => {
  it.each([
    { slots: 4, kvTokens: 4096, kvType: 'f16' },
    { slots: 16, kvTokens: 8192, kvType: 'q8_0' },
    { slots: 2, kvTokens: 16_384, kvType: 'q4_0' },
  ] as const)('is within 10 %% of what the engine takes: $slots slots, $kvTokens cells of $kvType', async (given) => {
    const { slots, kvTokens, kvType } = given;
    // What the engine keeps of prefixes beside is a share of the free memory, and no need.
    const options = { kvType, prefixCacheBytes: 0 };
    const plan = planContext({ facts, config: { ...model, slots, kvTokens, options }, freeBytes: 64e9 });
    await using engine = await startEngine(
      engineSpec({ plugin: 'llama', files: [file], slots, kvTokens, context: plan.context, threads: 2, options }),
    );
    await work(engine);
    const measured = await rssOf(engine);
    const ratio = (plan.need.totalBytes ?? Number.NaN) / measured;
    expect(ratio, `${plan.need.totalBytes} planned, ${measured} measured`).toBeGreaterThan(0.9);
    expect(ratio, `${plan.need.totalBytes} planned, ${measured} measured`).toBeLessThan(1.1);
  });

  it('has the parts that llama.cpp reports', async () => {
    const config = { ...model, slots: 4, kvTokens: 8192, options: {} };
    const { need } = planContext({ facts, config, freeBytes: 64e9 });
    await using engine = await startEngine(engineSpec({ plugin: 'llama', files: [file], slots: 4, kvTokens: 8192 }));
    const { memory } = (await engine.next('ready')).model;
    expect(memory?.kvBytes).toBe(need.kvBytes);
    // Beside the file there may be a copy in the order that the processor wants, of which llama.cpp does not tell.
    expect((facts.fileBytes ?? 0) / (memory?.weightsBytes ?? 1)).toBeCloseTo(1, 1);
    expect(need.weightsBytes).toBeGreaterThanOrEqual(facts.fileBytes ?? Number.NaN);
    expect((need.computeBytes ?? 0) / (memory?.computeBytes ?? 1)).toBeCloseTo(1, 1);
  });
});
