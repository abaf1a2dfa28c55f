import { z } from 'zod';
import { anyObject, described, onlyNull } from './schemas.ts';

const MAX_TOOLS = 128;

/** What `parallel_tool_calls` means, in every dialect. */
export const PARALLEL_NOTE = 'Several calls in one answer. Default: true, but false where a call is forced.';

export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'letters, digits, _ and - (1 to 64 characters)');
const toolDescription = z.string().nullish();
const parameters = described(anyObject.nullish(), 'JSON Schema of the arguments: an object. Absent: there are none.');
const strict = described(z.boolean().nullish(), 'The schema is always enforced.');

const functionFields = { name: toolName, description: toolDescription, parameters, strict } as const;

const named = z.strictObject({ name: toolName });

/** Tools as chat completions take them. */
export const chatTools = z
  .array(
    z
      .strictObject({ type: z.literal('function'), function: z.strictObject(functionFields) })
      .meta({ id: 'ChatTool', description: 'A function the model may call.' }),
  )
  .max(MAX_TOOLS);

const chatToolName = z.strictObject({ type: z.literal('function'), function: named });

export const chatToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    chatToolName,
    z.strictObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.strictObject({ mode: z.enum(['auto', 'required']), tools: z.array(chatToolName).min(1) }),
    }),
  ]),
  onlyNull,
]);

/** The deprecated way to describe tools. */
export const chatFunctions = z
  .array(z.strictObject({ name: toolName, description: toolDescription, parameters }))
  .max(MAX_TOOLS);
export const functionChoice = z.union([z.enum(['none', 'auto']), named, onlyNull]);

/** Calls of an earlier turn. */
export const chatToolCalls = z
  .array(
    z.strictObject({
      id: z.string().min(1),
      type: z.literal('function'),
      function: z.strictObject({
        name: z.string().min(1),
        arguments: z.string(),
        // The helpers of the official client keep what they parsed in the message that goes back.
        parsed_arguments: z.unknown().optional(),
      }),
      index: z.int().min(0).optional(),
    }),
  )
  .max(MAX_TOOLS);
export const chatFunctionCall = z.strictObject({ name: z.string().min(1), arguments: z.string() });

/** Tools as the Responses API takes them. */
export const responseTools = z
  .array(
    z
      .strictObject({ type: z.literal('function'), ...functionFields })
      .meta({ id: 'ResponseTool', description: 'A function the model may call.' }),
  )
  .max(MAX_TOOLS);

const responseToolName = z.strictObject({ type: z.literal('function'), name: toolName });

export const responseToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    responseToolName,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(responseToolName).min(1),
    }),
  ]),
  onlyNull,
]);

/** Tools in the product's own words. */
export const nativeTools = z
  .array(
    z
      .strictObject({ name: toolName, description: z.string().optional(), parameters: anyObject.optional() })
      .meta({ id: 'Tool', description: 'A function the model may call; `parameters` is a JSON Schema of an object.' }),
  )
  .max(MAX_TOOLS);
export const nativeToolChoice = z.union([z.enum(['none', 'auto', 'required']), named]);
export const nativeToolCalls = z
  .array(
    z
      .strictObject({
        id: z.string().min(1),
        name: z.string().min(1),
        arguments: described(z.string(), 'JSON, as the model wrote it.'),
      })
      .meta({ id: 'ToolCall' }),
  )
  .max(MAX_TOOLS);

export type ChatTools = z.output<typeof chatTools>;
export type ChatToolChoice = z.output<typeof chatToolChoice>;
export type ResponseTools = z.output<typeof responseTools>;
export type ResponseToolChoice = z.output<typeof responseToolChoice>;
