import { pinnedEnvironment } from './environment.ts';

/** What a skipped test says. */
export const MISSING_PYTHON_CLIENT =
  'the official OpenAI client for Python is missing: npm test installs it into the cache folder where Python >= 3.10 with venv is';

const { python, install } = pinnedEnvironment('openai', './requirements.txt');

/** The Python of the virtual environment that holds the pinned OpenAI client; undefined when there is none. */
export const pythonWithOpenai = python;

/** Makes that environment in the cache folder, of exactly the pinned packages. Fails for no reason; tests skip. */
export const installPythonClient = install;
