import { z } from 'zod';
import { count, described, milliseconds, onlyNull, scenarioName } from './schemas.ts';

const ratio = z.number().min(0).max(1);
const positive = z.number().positive();

export const replicaStatus = z
  .strictObject({
    index: count,
    state: z.enum(['starting', 'loading', 'ready', 'draining', 'restarting', 'failed', 'stopped']),
    reason: described(z.string().optional(), 'Why it is restarting or failed.'),
    pid: count.optional(),
    heartbeatAgeMs: milliseconds.optional(),
    lastTokenAgeMs: milliseconds.optional(),
    slotsUsed: count.optional(),
    slotsLimit: count.optional(),
    waiting: described(count.optional(), 'Accepted and waiting for a slot.'),
    kvUsage: described(ratio.optional(), 'Share of the key-value memory in use.'),
    threads: count,
    role: described(z.enum(['active', 'standby']), '`standby`: loaded and proved, for when another is lost.'),
    restarts: count,
    device: described(z.string().optional(), 'Where the weights are.'),
    rssBytes: count.optional(),
  })
  .meta({ id: 'ReplicaStatus', description: 'What its engine has not said is absent.' });

const facts = z
  .strictObject({
    name: z.string().optional(),
    parameters: positive.optional(),
    bitsPerWeight: positive.optional(),
    quantization: z.string().optional(),
    architecture: z.string().optional(),
    trainedContext: count.optional(),
    layers: count.optional(),
    embeddingLength: count.optional(),
    headCountKv: positive.optional(),
    headLength: positive.optional(),
    kvBytesPerToken: positive.optional(),
    vocabulary: count.optional(),
    tokenizer: z.string().optional(),
    fileBytes: count.optional(),
    license: z.string().optional(),
    hasChatTemplate: z.boolean().optional(),
  })
  .meta({
    id: 'ModelFacts',
    description: 'From the header of the model file or the configuration; unknown is absent.',
  });

const loaded = z
  .strictObject({
    plugin: z.string(),
    context: described(count, 'Longest single request in tokens.'),
    slots: count,
    threads: count,
    embeds: z.boolean(),
    device: z.string(),
  })
  .meta({ id: 'LoadedModel' });

export const modelState = z.enum(['absent', 'fetching', 'loading', 'ready', 'failed', 'stopped']);

const modelStatus = z
  .strictObject({
    id: z.string(),
    isDefault: z.boolean(),
    engine: z.string(),
    load: z.enum(['always', 'onDemand']),
    tags: z.array(z.string()),
    state: modelState,
    reason: described(z.string().optional(), 'Why it is failed.'),
    progress: described(ratio.optional(), 'Share of the fetch or load that is done.'),
    adjustment: described(z.string().optional(), 'What `fit: auto` changed so that it fits into memory.'),
    facts: facts.optional(),
    loaded: loaded.optional(),
    firstTokenMsP50: described(milliseconds.optional(), 'Median of the latest first-token latencies measured here.'),
    expectedLoadMs: described(
      z.union([milliseconds, onlyNull]),
      'Median time of its past loads, from the start of its process until it was ready; null before the first.',
    ),
    wantedReplicas: count,
    waiting: described(count, 'Requests that wait for a replica to become ready.'),
    replicas: z.array(replicaStatus),
  })
  .meta({ id: 'ModelStatus' });

export const modelList = z.strictObject({ models: z.array(modelStatus) }).meta({ id: 'ModelList' });

export const FACT_NAMES = Object.keys(facts.shape);

export const selectBody = z.strictObject({ scenario: scenarioName }).meta({ id: 'SelectRequest' });

const value = [z.number(), z.string(), z.array(z.string())] as const;

const check = z
  .strictObject({
    constraint: z.string(),
    required: z.union(value),
    actual: described(z.union([...value, onlyNull]), 'Null: not known.'),
    passed: z.boolean(),
    note: described(z.string().optional(), 'Why an unknown value passed or failed.'),
  })
  .meta({ id: 'ConstraintCheck' });

export const selection = z
  .strictObject({
    scenario: z.string(),
    model: z.string(),
    fallback: described(z.boolean(), 'True: it breaks a constraint and is the fallback the scenario names.'),
    candidates: z.array(
      z.strictObject({ model: z.string(), state: modelState, passed: z.boolean(), checks: z.array(check) }),
    ),
  })
  .meta({ id: 'Selection', description: 'The choice, and every constraint held against every candidate.' });
