import { ServiceError } from '../../../core/errors/service-error.ts';
import type { ChatMessage, GenerationInput, ResponseFormat, Tool, ToolUse } from '../protocol/generation.ts';
import type { AnswerPlan, CallPlan, Thinking } from './answer-plan.ts';
import { HERMES } from './call-syntax.ts';
import { type CallForm, toAlternating, toTemplateMessages, withoutTools, withSingleCalls } from './conversation.ts';
import { answerGrammar } from './grammar/answer-grammar.ts';
import type { PromptPart } from './marking.ts';
import { compileTemplate, PLAIN_TEMPLATE, type Render, type TemplateInput, type TemplateOptions } from './template.ts';
import { findThinking, isLeftOpen, isUnwanted, thinkingVariables } from './thinking.ts';
import { findTools, type KnownTools } from './tool-probe.ts';

export type ChatInput = GenerationInput & { readonly kind: 'chat' };

/** A conversation as the model reads it, and how its answer is to be read. */
export interface RenderedChat {
  readonly parts: readonly PromptPart[];
  readonly plan: AnswerPlan;
}

/** The chat format of one model. */
export interface ChatFormat {
  /** Only the prompt; for counting its tokens. */
  render(input: ChatInput): readonly PromptPart[];
  /** Throws a ServiceError for what the template, or a grammar, cannot take. */
  prepare(input: ChatInput, format: ResponseFormat): RenderedChat;
}

/** Finds out once what the chat template of a model can do. */
export const createChatFormat = (options: TemplateOptions): ChatFormat => {
  const render = compileTemplate(options);
  const known = findTools(render);
  const marks = findThinking(options.source ?? PLAIN_TEMPLATE);

  const prepareParts = (input: ChatInput): { parts: readonly PromptPart[]; thinking: Thinking | undefined } => {
    const parts = renderBest(render, attemptsOf(input, known));
    if (marks === undefined) return { parts, thinking: undefined };
    const last = parts.at(-1);
    const isOpen = last?.isControl === true && isLeftOpen(last.text, marks);
    if (!isUnwanted(input.reasoningEffort, input.templateVariables)) return { parts, thinking: { ...marks, isOpen } };
    const thinking: Thinking = { ...marks, isOpen: false, isUnwanted: true };
    // Some templates open the block whatever they are told: it is closed at once.
    const closing = { text: `\n${marks.end}\n\n`, isControl: true };
    return { parts: isOpen ? [...parts, closing] : parts, thinking };
  };

  return {
    render: (input) => prepareParts(input).parts,
    prepare(input, format) {
      const { parts, thinking } = prepareParts(input);
      const { calls, isForced } = callsOf(input.toolUse, known);
      return { parts, plan: planAnswer({ format, thinking, calls, isForced }) };
    },
  };
};

interface AnswerTraits {
  readonly format: ResponseFormat;
  readonly thinking?: Thinking | undefined;
  readonly calls?: CallPlan | undefined;
  readonly isForced?: boolean;
}

/** The plan for an answer of these traits; of a prompt that is no chat, none but its format. */
export const planAnswer = (traits: AnswerTraits): AnswerPlan => {
  const { format, thinking, calls } = traits;
  return {
    grammar: answerGrammar(traits),
    thinking,
    calls,
    isJson: format.type === 'json_object' || format.type === 'json_schema',
    marks: [...marksOfThinking(thinking), ...marksOfCalls(calls)],
  };
};

const marksOfThinking = (thinking: Thinking | undefined): readonly string[] =>
  thinking === undefined ? [] : [thinking.begin, thinking.end, thinking.between, ...thinking.noise];

const marksOfCalls = (calls: CallPlan | undefined): readonly string[] => {
  if (calls === undefined) return [];
  const { begin, end, callBegin, callEnd, nameEnd, isAnchored } = calls.syntax;
  // Some models put one before calls that need none, and one between name and arguments.
  const loose = isAnchored === true ? ['<|python_tag|>'] : [];
  return [begin, end, callBegin, callEnd, nameEnd, '[CALL_ID]', ...loose].filter((mark) => mark !== '');
};

/** The tools that may be called, as the model writes it. */
const callsOf = (use: ToolUse | undefined, known: KnownTools | undefined) => {
  if (use === undefined || use.choice === 'none' || use.tools.length === 0) return { isForced: false };
  const { choice } = use;
  const tools = typeof choice === 'string' ? use.tools : use.tools.filter(({ name }) => name === choice.name);
  if (tools.length === 0) {
    throw new ServiceError('ERR_ENGINE_GRAMMAR', 'toolChoice: expected the name of one of the tools, got another name');
  }
  const syntax = known?.syntax ?? HERMES;
  // Who names one function wants one call of it.
  const isParallel = use.isParallel && typeof choice === 'string';
  return { calls: { syntax, tools, isParallel }, isForced: choice !== 'auto' };
};

/** The ways to tell a template a conversation, the most faithful first; those of one group are as good as each other. */
const attemptsOf = (input: ChatInput, known: KnownTools | undefined): TemplateInput[][] => {
  const { messages, toolUse } = input;
  const tools =
    toolUse === undefined || toolUse.choice === 'none' || toolUse.tools.length === 0 ? undefined : toolUse.tools;
  const variables = thinkingVariables(input.reasoningEffort, input.templateVariables);
  const usesTools = tools !== undefined || messages.some(({ toolCalls = [] }) => toolCalls.length > 0);
  if (known !== undefined && usesTools) {
    const described = (tools ?? []).map(describe);
    const tell = (told: readonly ChatMessage[]): TemplateInput[] => [
      { messages: toTemplateMessages(told, known.form), tools, variables },
      { messages: toTemplateMessages(told, known.form), tools: described, variables },
    ];
    // For conversations in an order the template was not made for: what was called is told in words.
    const inWords = toAlternating(withoutTools(messages, []));
    return [[...tell(messages), ...tell(withSingleCalls(messages))], tell(inWords)];
  }
  const told = usesTools ? withoutTools(messages, tools ?? []) : messages;
  return [
    [
      { messages: toTemplateMessages(told, PLAIN_FORM), variables },
      // Templates that take tools for granted.
      { messages: toTemplateMessages(told, PLAIN_FORM), tools: [], variables },
      { messages: toTemplateMessages(toAlternating(told), PLAIN_FORM), variables },
    ],
  ];
};

const PLAIN_FORM: CallForm = { hasTextArguments: false, hasNullContent: false };

/** Some templates fail over tools, or fields of theirs, that have no description or no type. */
const describe = (tool: Tool): Tool => {
  const { properties, ...others } = tool.parameters;
  const fields = Object.entries(properties ?? {}).map(([name, schema]): [string, unknown] => [
    name,
    typeof schema === 'object' && schema !== null ? { description: '', type: 'string', ...schema } : schema,
  ]);
  const parameters = { type: 'object', ...others, properties: Object.fromEntries(fields) };
  return { name: tool.name, description: tool.description ?? '', parameters };
};

/** The first rendering of a group in which nothing is missing, else the first that came about; the next group if none did. */
const renderBest = (render: Render, groups: readonly (readonly TemplateInput[])[]): readonly PromptPart[] => {
  let refusal: unknown;
  for (const group of groups) {
    let incomplete: readonly PromptPart[] | undefined;
    for (const attempt of group) {
      try {
        const { parts, isComplete } = render(attempt);
        if (isComplete) return parts;
        incomplete ??= parts;
      } catch (error) {
        if (error instanceof ServiceError) throw error;
        refusal ??= error;
      }
    }
    if (incomplete !== undefined) return incomplete;
  }
  throw refusedBy(refusal);
};

const refusedBy = (cause: unknown): ServiceError => {
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new ServiceError(
    'ERR_MODELS_CAPABILITY',
    `the chat template of the model refuses these messages: ${reason}; change the order of roles, or send a text prompt`,
    { cause },
  );
};
