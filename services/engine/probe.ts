import { type Engine, PROBE_ID } from './engine.ts';
import type { GenerationRequest } from './protocol/generation.ts';

const REQUEST: GenerationRequest = {
  input: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
  maxTokens: 1,
  temperature: 0,
  topP: 1,
  seed: 0,
  stop: [],
  responseFormat: { type: 'text' },
};

/** Resolves once the model has really decoded a token: the only proof that it can. */
export const decodeOneToken = (engine: Engine): Promise<void> =>
  new Promise((resolve, reject) => {
    engine.generate(PROBE_ID, REQUEST, {
      accepted: () => {},
      started: () => {},
      tokens: () => true,
      finished: () => resolve(),
      failed: reject,
    });
  });
