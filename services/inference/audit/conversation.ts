import type { GenerationEvent } from '../call.ts';
import type { Asked } from './prompt-hash.ts';

/** What was asked and answered, where the configuration wants it kept. */
export interface Conversation {
  readonly asked: Asked[];
  /** By the index of the choice. */
  readonly answers: Map<number, Answer>;
}

interface Answer {
  text: string;
  reasoning: string;
  toolCalls: string;
}

export const createConversation = (): Conversation => ({ asked: [], answers: new Map() });

/** Adds a piece of an answer. */
export const hear = ({ answers }: Conversation, event: GenerationEvent): void => {
  if (event.type === 'accepted' || event.type === 'ended' || event.type === 'finished') return;
  const choice = event.choice ?? 0;
  const answer = answers.get(choice) ?? { text: '', reasoning: '', toolCalls: '' };
  answers.set(choice, answer);
  if (event.type === 'text') answer.text += event.text;
  else if (event.type === 'reasoning') answer.reasoning += event.text;
  else for (const call of event.calls) answer.toolCalls += `${call.name ?? ''}${call.arguments}`;
};

/** The conversation as a value, every text in it passed through `change`. */
export const transcriptOf = ({ asked, answers }: Conversation, change: (text: string) => string): unknown => ({
  asked: changeTexts(asked, change),
  answers: changeTexts([...answers.values()], change),
});

/** Names of members are changed too: a tool's arguments may hold anything anywhere. */
const changeTexts = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((entry) => changeTexts(entry, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [change(name), changeTexts(entry, change)]));
};
