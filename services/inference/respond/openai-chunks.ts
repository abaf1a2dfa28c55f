import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Finished } from './answer.ts';
import { openAiUsage } from './openai.ts';

/** What all chunks of one answer share. */
export interface OpenAiStreamParts {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly fingerprint: (model: string) => string;
  readonly includeUsage: boolean;
  /** Answers to come. */
  readonly choices: number;
  /** The error body; the caller knows which request. */
  readonly renderError: (error: ServiceError) => unknown;
}

/** Puts choices, which are JSON already, into chunks; what is the same in each chunk becomes JSON once. */
export interface ChunkFrame {
  /** The model is known: chunks can be made. */
  open(model: string): void;
  chunk(choice: string): string;
  /** Usage, where it was asked for, and the last line. */
  close(finished: Finished): string;
}

/** Chunks of this kind for one answer. */
export const createFrame = (object: string, parts: OpenAiStreamParts): ChunkFrame => {
  const { id, created, fingerprint, includeUsage } = parts;
  const tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  let head = '';
  return {
    open(model) {
      const envelope = JSON.stringify({ id, object, created, model, system_fingerprint: fingerprint(model) });
      head = `data: ${envelope.slice(0, -1)},"choices":[`;
    },
    chunk: (choice) => head + choice + tail,
    close({ usage }) {
      const counts = includeUsage ? `${head}],"usage":${JSON.stringify(openAiUsage(usage))}}\n\n` : '';
      return `${counts}data: [DONE]\n\n`;
    },
  };
};

/** Which choices have not ended; a generation with one answer tells its end only by `finished`. */
export const openChoices = (count: number) => {
  const open = new Set(Array.from({ length: count }, (_, choice) => choice));
  return {
    /** False: it had ended before. */
    end: (choice: number): boolean => open.delete(choice),
    rest: (): readonly number[] => [...open],
  };
};
