import type { GenerationResult, Lane } from '../load/generations.ts';
import type { PromptWriter } from '../models/prompts.ts';
import type { Bar } from '../suite.ts';

/** What a case may depend on. */
export interface CaseContext {
  readonly prompt: PromptWriter;
  /** Seconds that a long prompt and a short answer take the peer alone. */
  readonly pace: { readonly longSeconds: number; readonly shortSeconds: number };
  /** Multiplies the number of requests, so that a fast model has rounds that can be timed. */
  readonly scale: number;
  /** Divides all token counts; above 1 only where nothing is measured. */
  readonly shrink: number;
}

/** One kind of load, the same for both sides in a round. */
export interface PeerCase {
  readonly name: string;
  readonly about: string;
  readonly lanes: (context: CaseContext, round: number) => readonly Lane[];
  /** Sent before the clock starts, in every round. */
  readonly warmUp?: (context: CaseContext) => readonly Lane[];
  /** A process per core that computes all the time. */
  readonly isBusy?: true;
  /** The lane that the measures are about; absent: all. */
  readonly judgedLane?: string;
  /** The first measure decides how many rounds there are. */
  readonly measures: readonly { readonly name: Measure; readonly bar?: Bar }[];
}

export type Measure =
  | 'tokens/s'
  | 'first token p50 ms'
  | 'first token p99 ms'
  | 'inter-token p50 ms'
  | 'inter-token p99 ms'
  | 'latency p50 ms';

interface Ask {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly isStream?: boolean;
}

/** The same body for both servers, greedy. */
export const completionBody = ({ prompt, maxTokens, isStream = false }: Ask): string =>
  JSON.stringify({
    ...{ model: 'bench', prompt, max_tokens: maxTokens, temperature: 0, stream: isStream },
    ...(isStream ? { stream_options: { include_usage: true } } : {}),
  });

const atLeast = (value: number, aim: number): Bar => ({ relation: 'atLeast', value, aim });
const atMost = (value: number, aim?: number): Bar => ({
  relation: 'atMost',
  value,
  ...(aim === undefined ? {} : { aim }),
});

/** Distinct prompts: nothing in one round helps another, or the other side. */
const distinct = (
  { prompt, scale, shrink }: CaseContext,
  round: number,
  plan: { name: string; connections: number; requests: number; tokens: number; maxTokens: number; isStream?: boolean },
): Lane => ({
  name: 'distinct',
  connections: plan.connections,
  bodies: Array.from({ length: Math.ceil(plan.requests * scale) }, (_, index) =>
    completionBody({
      ...plan,
      maxTokens: plan.maxTokens / shrink,
      prompt: prompt(plan.tokens / shrink, `${plan.name} ${round} ${index}`),
    }),
  ),
});

const throughput = (connections: number): PeerCase => ({
  name: `c${connections}`,
  about: `64 + 64 tokens, ${connections} at once`,
  lanes: (context, round) => [
    distinct(context, round, {
      ...{ name: `c${connections}`, connections, requests: Math.max(3, 2 * connections) },
      ...{ tokens: 64, maxTokens: 64 },
    }),
  ],
  measures: [{ name: 'tokens/s', bar: atLeast(1, 1.05) }, { name: 'latency p50 ms' }],
});

const streamed = (connections: number): PeerCase => ({
  name: `s${connections}`,
  about: `64 + 64 tokens, ${connections} at once, streamed`,
  lanes: (context, round) => [
    distinct(context, round, {
      ...{ name: `s${connections}`, connections, requests: Math.max(3, 2 * connections) },
      ...{ tokens: 64, maxTokens: 64, isStream: true },
    }),
  ],
  measures: [
    connections === 8 ? { name: 'inter-token p99 ms', bar: atMost(1) } : { name: 'inter-token p99 ms' },
    { name: 'inter-token p50 ms' },
    { name: 'first token p50 ms' },
    { name: 'first token p99 ms' },
    { name: 'tokens/s' },
  ],
});

const PREFIX_TOKENS = 1024;
const PREFIX_REQUESTS = 16;

/** Requests that begin with the same text and go on with one of their own. */
const sharedPrefix = (
  { prompt, shrink }: CaseContext,
  plan: { prefix: string; name: string; connections: number; maxTokens: number },
): Lane => ({
  name: 'shared',
  connections: plan.connections,
  bodies: Array.from({ length: PREFIX_REQUESTS }, (_, index) =>
    completionBody({
      prompt: prompt(PREFIX_TOKENS / shrink, plan.prefix) + prompt(64 / shrink, `${plan.name} ${index}`),
      maxTokens: Math.ceil(plan.maxTokens / shrink),
    }),
  ),
});

const PREFIX_COLD: PeerCase = {
  name: 'prefix-cold',
  about: '16 requests that share a 1,024-token prefix, new in each round, + 64 + 64, 8 at once',
  lanes: (context, round) => [
    sharedPrefix(context, { prefix: `cold ${round}`, name: `cold ${round}`, connections: 8, maxTokens: 64 }),
  ],
  measures: [{ name: 'tokens/s', bar: atLeast(2, 2.5) }, { name: 'latency p50 ms' }],
};

const PREFIX_WARM: PeerCase = {
  name: 'prefix-warm',
  about: 'the same with a prefix that every slot of llama-server holds already',
  // As many at once as there are slots: each takes the prefix in.
  warmUp: (context) => [sharedPrefix(context, { prefix: 'warm', name: 'warm-up', connections: 16, maxTokens: 2 })],
  lanes: (context, round) => [
    sharedPrefix(context, { prefix: 'warm', name: `warm ${round}`, connections: 8, maxTokens: 64 }),
  ],
  measures: [{ name: 'tokens/s', bar: atLeast(1.1, 1.3) }, { name: 'latency p50 ms' }],
};

const LONG_DISTINCT: PeerCase = {
  name: 'distinct-512',
  about: '512 + 64 tokens, distinct, 4 at once',
  lanes: (context, round) => [
    distinct(context, round, { name: 'long', connections: 4, requests: 8, tokens: 512, maxTokens: 64 }),
  ],
  measures: [{ name: 'tokens/s' }, { name: 'latency p50 ms' }],
};

const LONG_PROMPTS = 3;
const SHORT_PER_LONG = 12;
/** How many times what a long prompt takes alone lies between two of them. */
const LONG_SPACING = 2.5;

/** Both kinds arrive at fixed moments, whatever the server does: the offered load is the same. */
const mixedLanes = ({ prompt, pace, shrink }: CaseContext, round: number): Lane[] => {
  const spacingMs = 1000 * LONG_SPACING * Math.max(pace.longSeconds, SHORT_PER_LONG * pace.shortSeconds * 0.3);
  const shorts = LONG_PROMPTS * SHORT_PER_LONG;
  const name = `mixed ${round}`;
  return [
    {
      name: 'long',
      connections: LONG_PROMPTS,
      bodies: Array.from({ length: LONG_PROMPTS }, (_, index) =>
        completionBody({
          prompt: prompt(PREFIX_TOKENS / shrink, `${name} long ${index}`),
          maxTokens: 4,
          isStream: true,
        }),
      ),
      sendAtMs: Array.from({ length: LONG_PROMPTS }, (_, index) => (index + 0.2) * spacingMs),
    },
    {
      name: 'short',
      connections: 13,
      bodies: Array.from({ length: shorts }, (_, index) =>
        completionBody({ prompt: prompt(16, `${name} short ${index}`), maxTokens: 16 / shrink, isStream: true }),
      ),
      sendAtMs: Array.from({ length: shorts }, (_, index) => (index * spacingMs) / SHORT_PER_LONG),
    },
  ];
};

const MIXED: PeerCase = {
  name: 'mixed',
  about: '1,024-token prompts arriving during short answers (16 + 16 tokens), streamed',
  lanes: mixedLanes,
  judgedLane: 'short',
  measures: [
    { name: 'first token p99 ms', bar: atMost(0.7, 0.5) },
    { name: 'first token p50 ms' },
    { name: 'inter-token p99 ms' },
  ],
};

const BUSY: PeerCase = {
  ...throughput(4),
  name: 'busy',
  about: '64 + 64 tokens, 4 at once, beside one busy process per core',
  isBusy: true,
  measures: [{ name: 'tokens/s', bar: atLeast(1, 1.05) }],
};

export const PEER_CASES: readonly PeerCase[] = [
  ...[1, 4, 8, 16].map(throughput),
  ...[1, 8].map(streamed),
  ...[PREFIX_COLD, PREFIX_WARM, LONG_DISTINCT, MIXED, BUSY],
];

/** The lanes whose answers a case is about. */
export const judgedAnswers = ({ judgedLane }: PeerCase, { answers }: GenerationResult) =>
  judgedLane === undefined ? answers : answers.filter(({ lane }) => lane === judgedLane);
