import { describe, expect, it } from 'vitest';
import { explainLoadFailure } from './load-failure.ts';

describe('explainLoadFailure', () => {
  it.each([
    [
      'an unknown architecture',
      new Error('Failed to load model'),
      ["llama_model_load: error loading model: unknown model architecture: 'brandnew9'"],
      'ERR_MODELS_ARCHITECTURE',
      '"brandnew9" is unknown to llama.cpp v0.5.0; serve the model elsewhere and use engine: openai',
    ],
    [
      'a truncated file',
      new Error('Failed to load model'),
      [
        "llama_model_load: error loading model: tensor 'x' data is not within the file bounds, model is corrupted or incomplete",
      ],
      'ERR_MODELS_FILE',
      'corrupted or incomplete',
    ],
    ['not enough memory', new Error('InsufficientMemoryError: too large'), [], 'ERR_ENGINE_LOAD', 'lower slots'],
    ['anything else', new Error('something odd\nat line'), [], 'ERR_ENGINE_LOAD', 'something odd'],
  ])('recognises %s', (_, error, logs, code, words) => {
    const explained = explainLoadFailure(error, logs, 'model.gguf');
    expect(explained.code).toBe(code);
    expect(explained.message).toContain('model.gguf');
    expect(explained.message).toContain(words);
    expect(explained.message).not.toContain('\n');
  });
});
