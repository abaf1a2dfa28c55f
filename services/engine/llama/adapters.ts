import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';
import type { AdapterUse } from '../protocol/generation.ts';
import type { EngineSpec } from '../protocol/messages.ts';

/** The LoRA adapters of one model; they are freed with it. */
export interface Adapters {
  /** The name of a set of adapters, the same for equal sets; throws for an adapter the model does not have. */
  variantOf(uses: readonly AdapterUse[] | undefined): string;
  /** Puts the adapters of a variant on a context, in place of those it had. */
  apply(context: Pointer, variant: string): void;
}

interface Applied {
  readonly pointers: BigUint64Array;
  readonly scales: Float32Array;
}

const PLAIN = '';

/** Loads the adapters of a specification; `reason` is what llama.cpp had to say when it refused one. */
export const loadAdapters = async (
  { api }: Native,
  model: Pointer,
  spec: Pick<EngineSpec, 'adapters'>,
  reason: () => string,
): Promise<Adapters> => {
  const pointers = new Map<string, Pointer>();
  for (const { id, file } of spec.adapters ?? []) {
    const pointer = await promisify(api.llama_adapter_lora_init.async)(model, file);
    if (pointer === null) throw refuse(id, file, reason());
    if (api.llama_adapter_get_alora_n_invocation_tokens(pointer) > 0) {
      throw refuse(id, file, 'it waits for a phrase that activates it, which this engine does not look for');
    }
    pointers.set(id, pointer);
  }
  return createAdapters({ api }, pointers);
};

const createAdapters = ({ api }: Pick<Native, 'api'>, pointers: ReadonlyMap<string, Pointer>): Adapters => {
  const variants = new Map<string, Applied>();
  return {
    variantOf(uses = []) {
      const scales = new Map<string, number>();
      for (const { id, scale } of uses) {
        if (!pointers.has(id)) throw unknown(id, [...pointers.keys()]);
        if (scale !== 0) scales.set(id, scale);
      }
      if (scales.size === 0) return PLAIN;
      const sorted = [...scales].sort(([one], [other]) => (one < other ? -1 : 1));
      const variant = JSON.stringify(sorted);
      variants.set(variant, {
        pointers: BigUint64Array.from(sorted, ([id]) => pointers.get(id) ?? 0n),
        scales: Float32Array.from(sorted, ([, scale]) => scale),
      });
      return variant;
    },
    apply(context, variant) {
      const applied = variants.get(variant);
      if (applied === undefined) api.llama_set_adapters_lora(context, null, 0, null);
      else api.llama_set_adapters_lora(context, applied.pointers, applied.scales.length, applied.scales);
    },
  };
};

const refuse = (id: string, file: string, reason: string): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_LOAD',
    `adapters: expected "${id}" (${basename(file)}) to be a LoRA adapter of this model in GGUF: ${reason}; take it out of models[].adapters, or name the model it was made for`,
    { details: { adapter: id } },
  );

const unknown = (id: string, known: readonly string[]): ServiceError =>
  new ServiceError(
    'ERR_MODELS_CAPABILITY',
    `adapters: expected ${known.length === 0 ? 'none, this model has no adapters' : `one of ${known.join(', ')}`}, got "${id}"`,
    { details: { adapter: id, known } },
  );
