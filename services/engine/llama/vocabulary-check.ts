import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';

/** `LLAMA_VOCAB_TYPE_NONE`, and `…_SPM`, which spells out in bytes what it has no word for. */
const NO_VOCABULARY = 0;
const SPELLS_OUT = 1;
/** `LLAMA_TOKEN_ATTR_BYTE`. */
const BYTE = 1 << 5;
const BYTES = 256;

/** Throws for a vocabulary that would end the process: none at all, or one that cannot spell what it has no word for. */
export const checkVocabulary = (api: Native['api'], model: Pointer): void => {
  const vocabulary = api.llama_model_get_vocab(model);
  const type = vocabulary === null ? NO_VOCABULARY : api.llama_vocab_type(vocabulary);
  if (vocabulary === null || type === NO_VOCABULARY) {
    throw new ServiceError('ERR_MODELS_FILE', 'expected a model with a vocabulary, got one without');
  }
  if (type !== SPELLS_OUT) return;
  let bytes = 0;
  for (let token = 0; token < api.llama_vocab_n_tokens(vocabulary); token += 1) {
    if ((api.llama_vocab_get_attr(vocabulary, token) & BYTE) !== 0) bytes += 1;
  }
  if (bytes >= BYTES) return;
  throw new ServiceError(
    'ERR_MODELS_FILE',
    `expected a vocabulary with ${BYTES} bytes beside its words, got ${bytes}; convert the model again`,
  );
};
