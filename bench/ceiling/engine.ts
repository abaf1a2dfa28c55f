import type { EngineSpec, LoadedModel } from '../../services/engine/protocol/messages.ts';
import { engineSpec, forkEngine } from '../../tests/engine-process.ts';

/** An engine process without a gateway in front of it. */
export interface BareEngine extends AsyncDisposable {
  readonly pid: number;
  readonly info: LoadedModel;
  /** Sends all prompts at once; tokens/s of prompts and answers until the last one is complete. */
  run(prompts: readonly string[], answerTokens: number): Promise<number>;
}

/** Starts an engine process on a model and waits until it is ready. */
export const startBareEngine = async (spec: Partial<EngineSpec> & Pick<EngineSpec, 'plugin'>): Promise<BareEngine> => {
  const engine = forkEngine(engineSpec(spec));
  const ready = await engine.next('ready');
  const generate = async (prompt: string, maxTokens: number): Promise<number> => {
    const { end } = await engine.generate({ input: { kind: 'text', prompt }, maxTokens });
    if (end.type === 'failed') throw new Error(`engine ${spec.plugin}: ${end.message}`);
    return end.usage.promptTokens + end.usage.completionTokens;
  };
  return {
    pid: engine.child.pid ?? 0,
    info: ready.model,
    async run(prompts, answerTokens) {
      const startedAt = performance.now();
      const counts = await Promise.all(prompts.map((prompt) => generate(prompt, answerTokens)));
      const seconds = (performance.now() - startedAt) / 1000;
      return counts.reduce((sum, count) => sum + count, 0) / seconds;
    },
    async [Symbol.asyncDispose]() {
      await engine.stop(true);
    },
  };
};
