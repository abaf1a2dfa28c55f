import { fileURLToPath } from 'node:url';
import { runToEnd } from '../cli/setup/child.mjs';
import { fetchDebianPrograms } from './debian/fetch.ts';
import { installPythonClient } from './python/openai-client.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const EMBEDDED_MODEL = 'smollm2-135m-instruct';

/**
 * Fetches what tests need beyond the packages: the embedded model, Debian's programs, a Python with the OpenAI client.
 * Says in one line what was fetched or is missing, and never fails: a test that lacks something says so itself.
 */
export const setUpTests = async (say: (line: string) => void): Promise<void> => {
  await pullModel(say);
  for (const result of await fetchDebianPrograms()) {
    if (result.state === 'fetched') say(`fetched Debian's ${result.name} for the tests`);
    if (result.state === 'missing') say(`missing: Debian's ${result.name}; tests that need it skip (${result.why})`);
  }
  const python = await installPythonClient();
  if (python.state === 'installed') say('installed the OpenAI client for Python for the tests');
  if (python.state === 'missing') say(`missing: the OpenAI client for Python; tests that need it skip (${python.why})`);
};

/** Shows its own progress and its own error. */
const pullModel = async (say: (line: string) => void): Promise<void> => {
  const args = ['cli/main.ts', 'models', 'pull', EMBEDDED_MODEL];
  const code = await runToEnd(process.execPath, args, { cwd: ROOT });
  if (code !== 0) say(`missing: the model ${EMBEDDED_MODEL}; tests that need it fail`);
};
