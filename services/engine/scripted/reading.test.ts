import { describe, expect, it } from 'vitest';
import type { GenerationInput, ToolUse } from '../protocol/generation.ts';
import { readerFor } from './reading.ts';

const CALL = '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>';

const chat = (choice: ToolUse['choice'] = 'auto'): GenerationInput => ({
  kind: 'chat',
  messages: [],
  toolUse: { tools: [{ name: 'weather', parameters: {} }], choice, isParallel: true },
});

describe('readerFor', () => {
  it('is none for a script without thoughts and calls', () => {
    expect(readerFor(chat(), 'Hi <think>', false)).toBeUndefined();
    expect(readerFor(chat('none'), CALL, false)).toBeUndefined();
    expect(readerFor({ kind: 'text', prompt: '' }, CALL, false)).toBeUndefined();
  });

  it('reads the calls of a script', () => {
    const reader = readerFor(chat(), CALL, false);
    expect(reader?.push(CALL).details?.toolCalls).toMatchObject([{ name: 'weather', arguments: '{"city": "Rome"}' }]);
    expect(reader?.end().reason).toBe('tool_calls');
  });

  it('reads thoughts where the options say so', () => {
    const piece = readerFor({ kind: 'text', prompt: '' }, '', true)?.push('<think>Hm.</think>Hi');
    expect(piece).toMatchObject({ text: 'Hi', details: { reasoning: 'Hm.' } });
  });
});
