/** What the quantiser can make, most precise first, by the name people type: `llama_ftype` and nominal bits per weight. */
export const QUANTIZE_TYPES = {
  f32: { fileType: 0, bits: 32 },
  bf16: { fileType: 32, bits: 16 },
  f16: { fileType: 1, bits: 16 },
  q8_0: { fileType: 7, bits: 8.5 },
  q6_k: { fileType: 18, bits: 6.56 },
  q5_1: { fileType: 9, bits: 6 },
  q5_k_m: { fileType: 17, bits: 5.69 },
  q5_k_s: { fileType: 16, bits: 5.52 },
  q5_0: { fileType: 8, bits: 5.5 },
  q4_1: { fileType: 3, bits: 5 },
  q4_k_m: { fileType: 15, bits: 4.84 },
  q4_k_s: { fileType: 14, bits: 4.58 },
  q4_0: { fileType: 2, bits: 4.5 },
  iq4_nl: { fileType: 25, bits: 4.5 },
  iq4_xs: { fileType: 30, bits: 4.25 },
  q3_k_l: { fileType: 13, bits: 4.27 },
  q3_k_m: { fileType: 12, bits: 3.91 },
  q3_k_s: { fileType: 11, bits: 3.5 },
  q2_k: { fileType: 10, bits: 3.0 },
} as const satisfies Readonly<Record<string, { readonly fileType: number; readonly bits: number }>>;

export type QuantizeType = keyof typeof QUANTIZE_TYPES;

/** Whether a word names a type of the table. */
export const isQuantizeType = (word: string): word is QuantizeType => Object.hasOwn(QUANTIZE_TYPES, word);
