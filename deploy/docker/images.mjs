/**
 * What each image holds, as names of direct dependencies; a test compares them with what its program imports.
 * @typedef {'service' | 'companion'} Kind
 * @typedef {'cpu' | 'cuda' | 'vulkan'} Variant
 */

/** What `services/engine` loads; of no use beside it, and two thirds of all bytes. */
const ENGINE = ['@huggingface/jinja', 'eventsource-parser', 'koffi', 'node-llama-cpp'];
/** The API, its pages, its credentials, and the command line. */
const SERVICE = [
  '@elastic/elasticsearch',
  '@eslint-community/regexpp',
  '@hono/node-server',
  '@peculiar/x509',
  'cockatiel',
  'commander',
  'hono',
  'jose',
  'lru-cache',
  'proper-lockfile',
  'swagger-ui-dist',
  'tlds',
  'yauzl',
];

/**
 * The packages an image leaves out of `dependencies` in package.json: what is new there is in every image until this
 * table says otherwise.
 * @type {Record<Kind, readonly string[]>}
 */
export const WITHOUT = { service: [], companion: [...ENGINE, ...SERVICE] };

/**
 * The platform packages of node-llama-cpp that a variant needs; the `-ext` one holds what CUDA takes on older cards.
 * @type {Record<Variant, (platform: string) => string[]>}
 */
export const NATIVE = {
  cpu: (platform) => [platform],
  cuda: (platform) => [`${platform}-cuda`, `${platform}-cuda-ext`],
  vulkan: (platform) => [`${platform}-vulkan`],
};

/** Where those packages lie. */
export const NATIVE_SCOPE = '@node-llama-cpp/';

/** Libraries that come with the driver of the host when a container starts, so no image can hold them. */
export const FROM_THE_DRIVER = ['libcuda.so.1', 'libnvidia-ml.so.1'];
