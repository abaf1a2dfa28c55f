import type { AnswerReader } from '../chat/answer-plan.ts';
import { createAnswerReader } from '../chat/answer-reader.ts';
import { HERMES } from '../chat/call-syntax.ts';
import { findThinking } from '../chat/thinking.ts';
import type { GenerationInput, ToolUse } from '../protocol/generation.ts';

const CALL_MARK = '<tool_call>';

/**
 * What reads thoughts in `<think>` blocks, where the options say so, and calls in the syntax of Hermes, where the request
 * has tools, out of a script; `undefined` for a script without either.
 */
export const readerFor = (input: GenerationInput, script: string, thinks: boolean): AnswerReader | undefined => {
  const use = input.kind === 'chat' && script.includes(CALL_MARK) ? input.toolUse : undefined;
  const calls = use === undefined || use.choice === 'none' ? undefined : { syntax: HERMES, ...allowedBy(use) };
  const marks = thinks ? findThinking('</think>') : undefined;
  if (calls === undefined && marks === undefined) return undefined;
  const thinking = marks === undefined ? undefined : { ...marks, isOpen: false };
  return createAnswerReader({ grammar: undefined, thinking, calls, isJson: false, marks: [] });
};

const allowedBy = ({ tools, choice, isParallel }: ToolUse): Pick<ToolUse, 'tools' | 'isParallel'> =>
  typeof choice === 'string'
    ? { tools, isParallel }
    : { tools: tools.filter(({ name }) => name === choice.name), isParallel: false };
