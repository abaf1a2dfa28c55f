import { StringDecoder } from 'node:string_decoder';
import type { Answered } from './generations.ts';

type Read = Pick<Answered, 'firstAt' | 'gaps' | 'promptTokens' | 'cachedTokens' | 'completionTokens'>;

export interface EventReader {
  push(chunk: Buffer): void;
  end(): Read;
}

/** The parts of an answer of the OpenAI dialect that a load client looks at. */
interface Body {
  readonly choices?: readonly { readonly text?: string; readonly delta?: { readonly content?: string | null } }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  } | null;
  /** How llama-server counts where it sends no usage. */
  readonly timings?: { readonly prompt_n?: number; readonly cache_n?: number; readonly predicted_n?: number };
}

/** Reads one answer, a stream of events or one JSON text, and notes when its text came. */
export const createEventReader = (contentType: string, now: () => number): EventReader => {
  const decoder = new StringDecoder('utf8');
  const isStream = contentType.startsWith('text/event-stream');
  const gaps: number[] = [];
  let text = '';
  let firstAt: number | undefined;
  let lastAt = 0;
  let counts = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };

  const read = (json: string, at: number): void => {
    const body = JSON.parse(json) as Body; // the counts are compared with what was asked for
    counts = countsOf(body) ?? counts;
    const [choice] = body.choices ?? [];
    if ((choice?.text ?? choice?.delta?.content ?? '') === '') return;
    if (firstAt !== undefined) gaps.push(at - lastAt);
    firstAt ??= at;
    lastAt = at;
  };

  return {
    push(chunk) {
      text += decoder.write(chunk);
      if (!isStream) return;
      const at = now();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (event.startsWith('data: {')) read(event.slice('data: '.length), at);
      }
    },
    end() {
      if (!isStream && text.startsWith('{')) read(text, now());
      return { firstAt: firstAt ?? now(), gaps, ...counts };
    },
  };
};

const countsOf = ({ usage, timings }: Body) => {
  if (usage !== undefined && usage !== null) {
    return {
      promptTokens: usage.prompt_tokens ?? 0,
      cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
      completionTokens: usage.completion_tokens ?? 0,
    };
  }
  if (timings === undefined) return undefined;
  const { prompt_n: computed = 0, cache_n: cached = 0, predicted_n: completionTokens = 0 } = timings;
  return { promptTokens: computed + cached, cachedTokens: cached, completionTokens };
};
