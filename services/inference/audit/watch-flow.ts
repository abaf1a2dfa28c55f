import type { Task } from '../../engine/protocol/generation.ts';
import type { GenerationCall, TaskCall } from '../call.ts';
import type { Flow } from '../flow.ts';
import { type Conversation, hear } from './conversation.ts';
import type { InferenceFacts } from './facts.ts';
import type { PromptHash } from './prompt-hash.ts';

/** One call under watch. */
export interface Watch {
  readonly facts: InferenceFacts;
  /** Where the words go that are to be kept; absent: nowhere. */
  readonly said: Conversation | undefined;
  end(isGone: boolean): void;
}

interface Deps {
  /** Throws where nothing may be done without a record. */
  readonly check: () => void;
  readonly promptHash: PromptHash;
  readonly begin: (call: GenerationCall | TaskCall) => Watch;
}

const TASK_OPERATIONS = {
  embed: 'embeddings',
  rerank: 'rerank',
  score: 'text_completion',
  tokenize: 'tokenize',
  detokenize: 'tokenize',
} as const satisfies Record<Task['kind'], string>;

/** Wraps the arrow: answers and errors pass unchanged, what they were is put down. */
export const watchFlow = (flow: Flow, { check, promptHash, begin }: Deps): Flow => ({
  async *generate(call) {
    check();
    const { facts, said, end } = begin(call);
    const { input, adapters = [] } = call.request;
    facts.operation = input.kind === 'chat' ? 'chat' : 'text_completion';
    for (const { id } of adapters) facts.adapters.add(id);
    facts.promptHashes.add(promptHash(input));
    said?.asked.push(input);
    try {
      for await (const event of flow.generate(call)) {
        facts.see(event);
        if (said !== undefined) hear(said, event);
        yield event;
      }
    } catch (error) {
      facts.fail(error);
      throw error;
    } finally {
      end(call.signal.aborted);
    }
  },

  async compute<Kind extends Task['kind']>(call: TaskCall<Kind>) {
    check();
    const { facts, said, end } = begin(call);
    facts.operation = TASK_OPERATIONS[call.task.kind];
    facts.promptHashes.add(promptHash(call.task));
    said?.asked.push(call.task);
    try {
      const computed = await flow.compute(call);
      facts.seeComputed(computed);
      return computed;
    } catch (error) {
      facts.fail(error);
      throw error;
    } finally {
      end(call.signal.aborted);
    }
  },
});
