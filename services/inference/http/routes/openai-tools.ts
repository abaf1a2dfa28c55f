import type { ToolChoice, ToolUse } from '../../../engine/protocol/generation.ts';
import type { ToolStyle } from '../../respond/openai.ts';
import { invalidField } from './refusals.ts';
import type { ChatBody } from './schemas-openai-chat.ts';
import { allowedTools, toolOf, toolUseOf } from './tool-use.ts';

/** The tools of a chat request and the API they came by; undefined: the answer is text for certain. */
export interface ChatTools {
  readonly use: ToolUse;
  readonly style: ToolStyle;
}

/** Reads `tools`, or the deprecated `functions`, but not both. */
export const chatToolsOf = (body: ChatBody): ChatTools | undefined => {
  const isOld = isPresent(body.functions) || (typeof body.function_call === 'object' && body.function_call !== null);
  if (isOld && isPresent(body.tools)) {
    throw invalidField('functions', 'nothing beside `tools`', 'a value', 'send one of the two');
  }
  const use = isOld ? deprecatedTools(body) : currentTools(body);
  return use === undefined ? undefined : { use, style: isOld ? 'functions' : 'tools' };
};

const isPresent = (list: readonly unknown[] | null | undefined): boolean => (list?.length ?? 0) > 0;

const FIELDS = { tools: 'tools', choice: 'tool_choice' } as const;

const currentTools = ({
  tools: given,
  tool_choice,
  parallel_tool_calls: isParallel,
}: ChatBody): ToolUse | undefined => {
  const tools = (given ?? []).map((tool) => toolOf(tool.function));
  if (typeof tool_choice === 'object' && tool_choice?.type === 'allowed_tools') {
    const { mode, tools: allowed } = tool_choice.allowed_tools;
    const names = allowed.map((entry) => entry.function.name);
    const kept = allowedTools(tools, names, 'tool_choice.allowed_tools.tools');
    return toolUseOf({ tools: kept, choice: mode, isParallel, fields: FIELDS });
  }
  return toolUseOf({ tools, choice: choiceOf(tool_choice), isParallel, fields: FIELDS });
};

const choiceOf = (choice: ChatBody['tool_choice']): ToolChoice => {
  if (choice === undefined || choice === null) return 'auto';
  if (typeof choice === 'string') return choice;
  return choice.type === 'function' ? { name: choice.function.name } : choice.allowed_tools.mode;
};

const deprecatedTools = ({ functions, function_call }: ChatBody): ToolUse | undefined =>
  toolUseOf({
    tools: (functions ?? []).map(toolOf),
    choice: function_call ?? 'auto',
    isParallel: false,
    fields: { tools: 'functions', choice: 'function_call' },
  });
