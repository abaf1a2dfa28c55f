import { describe, expect, it } from 'vitest';
import { cellFacts } from './cell-facts.ts';
import type { MetadataValue } from './gguf/metadata.ts';

const factsOf = (entries: Readonly<Record<string, MetadataValue>>, architecture = 'llama') =>
  cellFacts((key) => entries[key], { layers: 8, heads: 16, embeddingLength: 1024, architecture });

describe('cellFacts', () => {
  it('takes the length of a head from the width of the model where the file does not say', () => {
    expect(factsOf({ 'attention.head_count_kv': 4 })).toEqual({
      ...{ headCountKv: 4, headLength: 64, kvBytesPerToken: 8 * 4 * (64 + 64) * 2, stateBytesPerSlot: undefined },
    });
    expect(factsOf({}).headCountKv).toBe(16);
  });

  it('counts keys and values of full attention only, and the states of the other layers', () => {
    const ssm = { 'ssm.inner_size': 512, 'ssm.state_size': 32, 'ssm.group_count': 2, 'ssm.conv_kernel': 4 };
    const entries = {
      'attention.head_count_kv': 2,
      'attention.key_length': 256,
      'attention.value_length': 256,
      ...ssm,
    };
    const expected = {
      kvBytesPerToken: 2 * 2 * (256 + 256) * 2,
      stateBytesPerSlot: 6 * 4 * (32 * 512 + 3 * (512 + 2 * 2 * 32)),
    };
    expect(factsOf({ ...entries, full_attention_interval: 4 })).toMatchObject(expected);
    expect(factsOf({ ...entries, 'attention.recurrent_layers': [1, 1, 1, 0, 1, 1, 1, 0] })).toMatchObject(expected);
    expect(factsOf(entries, 'qwen35')).toMatchObject(expected);
  });

  it('leaves out layers that use the keys and values of others', () => {
    expect(factsOf({ 'attention.head_count_kv': 4, 'attention.shared_kv_layers': 6 }).kvBytesPerToken).toBe(
      2 * 4 * (64 + 64) * 2,
    );
  });

  it('counts keys alone for latent attention', () => {
    const latent = { 'attention.head_count_kv': 1, 'attention.key_length': 576, 'attention.value_length': 512 };
    const entries = { ...latent, 'attention.kv_lora_rank': 512, 'attention.key_length_mla': 256 };
    expect(factsOf(entries).kvBytesPerToken).toBe(8 * 576 * 2);
  });

  it('knows nothing of a model without heads', () => {
    const none = { layers: undefined, heads: undefined, embeddingLength: undefined, architecture: 'x' };
    expect(cellFacts(() => undefined, none)).toEqual({
      ...{ headCountKv: undefined, headLength: undefined, kvBytesPerToken: undefined, stateBytesPerSlot: undefined },
    });
  });
});
