import type { ReasoningEffort } from '../protocol/generation.ts';
import type { Thinking } from './answer-plan.ts';

type Json = Readonly<Record<string, unknown>>;
type Marks = Omit<Thinking, 'isOpen'>;

const PLAIN = { noise: [], between: '', contentBegin: '' } as const;

/** How models mark their thoughts: a template that knows any of `signs` belongs to one that thinks this way. */
const WAYS: readonly { readonly sign: string; readonly marks: Marks }[] = [
  {
    sign: '<|channel|>analysis',
    marks: {
      ...{ begin: '<|channel|>analysis<|message|>', end: '<|end|>' },
      ...{ between: '<|start|>assistant', contentBegin: '<|channel|>final<|message|>' },
      noise: [
        ...['<|start|>assistant', '<|channel|>final<|message|>', '<|channel|>commentary<|message|>'],
        ...['<|end|>', '<|call|>', '<|return|>'],
      ],
    },
  },
  { sign: '</think>', marks: { begin: '<think>', end: '</think>', ...PLAIN } },
  { sign: '[/THINK]', marks: { begin: '[THINK]', end: '[/THINK]', ...PLAIN } },
  { sign: '<|END_THINKING|>', marks: { begin: '<|START_THINKING|>', end: '<|END_THINKING|>', ...PLAIN } },
  { sign: '<channel|>', marks: { begin: '<|channel>thought', end: '<channel|>', ...PLAIN } },
  { sign: '</seed:think>', marks: { begin: '<seed:think>', end: '</seed:think>', ...PLAIN } },
];

/** The marks of thoughts that the model of this template uses; `undefined`: it does not think. */
export const findThinking = (source: string): Marks | undefined =>
  WAYS.find(({ sign }) => source.includes(sign))?.marks;

/** Whether the prompt has opened the block of thoughts and left it open. */
export const isLeftOpen = (prompt: string, { begin }: Marks): boolean => prompt.trimEnd().endsWith(begin);

/** What a template is told of how much to think; variables that were given win. */
export const thinkingVariables = (effort: ReasoningEffort | undefined, given: Json = {}): Json => {
  if (effort === undefined) return given;
  const isWanted = effort !== 'none';
  // The names templates use for the same thing; the lowest level some of them know is `low`.
  const level = effort === 'none' || effort === 'minimal' ? 'low' : effort;
  return { enable_thinking: isWanted, thinking: isWanted, reasoning_effort: level, ...given };
};

/** Whether the caller wants no thoughts. */
export const isUnwanted = (effort: ReasoningEffort | undefined, given: Json | undefined): boolean =>
  given?.enable_thinking === false || (given?.enable_thinking === undefined && effort === 'none');
