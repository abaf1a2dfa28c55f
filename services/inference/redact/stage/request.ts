import type {
  ChatMessage,
  GenerationInput,
  GenerationRequest,
  ResponseFormat,
  Task,
  ToolCall,
  ToolUse,
} from '../../../engine/protocol/generation.ts';

/** How the texts of a request are redacted; `field` says where one stands, for the audit log. */
export interface RequestRedaction {
  text(text: string, field: string): string;
  /** A text that is meant to be JSON, and stays it. */
  json(text: string, field: string): string;
}

/** A request with every text of its client redacted; who asks, and numbers, stay. */
export const redactRequest = (request: GenerationRequest, redaction: RequestRedaction): GenerationRequest => ({
  ...request,
  input: redactInput(request.input, redaction),
  stop: request.stop.map((text) => redaction.text(text, 'stop')),
  responseFormat: redactFormat(request.responseFormat, redaction),
});

/** The same for a task; token ids are looked at by whoever can decode them. */
export const redactTask = (task: Task, redaction: RequestRedaction): Task => {
  switch (task.kind) {
    case 'embed':
      return {
        ...task,
        inputs: task.inputs.map((input) => (typeof input === 'string' ? redaction.text(input, 'input') : input)),
      };
    case 'rerank':
      return {
        ...task,
        query: redaction.text(task.query, 'query'),
        documents: task.documents.map((document) => redaction.text(document, 'documents')),
      };
    case 'tokenize':
    case 'score':
      return { ...task, input: redactInput(task.input, redaction) };
    case 'detokenize':
      return task;
  }
};

const redactInput = (input: GenerationInput, redaction: RequestRedaction): GenerationInput => {
  if (input.kind === 'tokens') return input;
  if (input.kind === 'text') return { ...input, prompt: redaction.text(input.prompt, 'prompt') };
  const { toolUse, templateVariables } = input;
  return {
    ...input,
    messages: input.messages.map((message) => redactMessage(message, redaction)),
    ...(toolUse === undefined ? {} : { toolUse: redactTools(toolUse, redaction) }),
    ...(templateVariables === undefined
      ? {}
      : { templateVariables: redactJson(templateVariables, redaction, 'templateVariables') }),
  };
};

const redactMessage = (message: ChatMessage, redaction: RequestRedaction): ChatMessage => {
  const { role, content, name, toolCalls, toolCallId, reasoning } = message;
  const text = (value: string, field: string) => redaction.text(value, `messages.${field}`);
  return {
    role,
    // What a tool answered is JSON more often than not, and then stays it.
    content: role === 'tool' ? redaction.json(content, 'messages.content') : text(content, 'content'),
    ...(name === undefined ? {} : { name: text(name, 'name') }),
    ...(toolCalls === undefined ? {} : { toolCalls: toolCalls.map((call) => redactCall(call, redaction)) }),
    ...(toolCallId === undefined ? {} : { toolCallId: text(toolCallId, 'toolCallId') }),
    ...(reasoning === undefined ? {} : { reasoning: text(reasoning, 'reasoning') }),
  };
};

const redactCall = (call: ToolCall, redaction: RequestRedaction): ToolCall => ({
  // As in the message that answers the call, or the two would no longer belong together.
  id: redaction.text(call.id, 'messages.toolCallId'),
  name: redaction.text(call.name, 'tools.name'),
  arguments: redaction.json(call.arguments, 'messages.toolCalls.arguments'),
});

const redactTools = ({ tools, choice, ...rest }: ToolUse, redaction: RequestRedaction): ToolUse => ({
  ...rest,
  tools: tools.map(({ name, description, parameters }) => ({
    name: redaction.text(name, 'tools.name'),
    ...(description === undefined ? {} : { description: redaction.text(description, 'tools.description') }),
    parameters: redactJson(parameters, redaction, 'tools.parameters'),
  })),
  choice: typeof choice === 'string' ? choice : { name: redaction.text(choice.name, 'tools.name') },
});

const redactFormat = (format: ResponseFormat, redaction: RequestRedaction): ResponseFormat => {
  if (format.type === 'json_schema')
    return { ...format, schema: redactJson(format.schema, redaction, 'responseFormat.schema') };
  if (format.type === 'grammar')
    return { ...format, grammar: redaction.text(format.grammar, 'responseFormat.grammar') };
  return format;
};

type Json = Readonly<Record<string, unknown>>;

// The body was read with a limit on its depth.
const redactJson = (value: Json, redaction: RequestRedaction, field: string): Json =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redaction.text(key, field), redactValue(inner, redaction, field)]),
  );

const redactValue = (value: unknown, redaction: RequestRedaction, field: string): unknown => {
  if (typeof value === 'string') return redaction.text(value, field);
  // A number may be one of a card or a phone; one that is not stays a number.
  if (typeof value === 'number') {
    const text = String(value);
    const redacted = redaction.text(text, field);
    return redacted === text ? value : redacted;
  }
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, redaction, field));
  // Safe: what JSON knows besides is an object.
  return typeof value === 'object' && value !== null ? redactJson(value as Json, redaction, field) : value;
};
