import type OpenAI from 'openai';
import { REAL_MODEL, startTarget, type Target } from '../target.ts';

/** A whole service with the embedded model as it ships, and the official client for it. */
export interface EmbeddedTarget {
  readonly target: Target;
  readonly client: OpenAI;
}

/** One compute thread: two of them starve each other on a machine whose cores are busy. */
export const startEmbedded = async (): Promise<EmbeddedTarget> => {
  const target = await startTarget({ engines: { threads: 1 } });
  return { target, client: await target.client() };
};

export const QUESTION = [{ role: 'user' as const, content: 'What is the capital of France?' }];
/** A short answer that is the same every time. */
export const SHORT = { model: REAL_MODEL, messages: QUESTION, temperature: 0, max_tokens: 6 };

/** The status and the error object of a request that no client would send. */
export const refusalOf = async (target: Target, path: string, body: unknown) => {
  const answer = await target.gateway.send('POST', path, body);
  // The tests state what they expect of it.
  const { error } = answer.json() as { error?: Record<string, unknown> };
  return { status: answer.status, error };
};
