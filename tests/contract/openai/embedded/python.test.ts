import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MISSING_PYTHON_CLIENT, pythonWithOpenai } from '../../../python/openai-client.ts';
import { REAL_MODEL } from '../target.ts';
import { type EmbeddedTarget, startEmbedded } from './target.ts';

const SCRIPT = fileURLToPath(new URL('./client.py', import.meta.url));
const python = pythonWithOpenai();

describe.skipIf(python === undefined)(
  `the embedded model through the official Python client${python === undefined ? ` (${MISSING_PYTHON_CLIENT})` : ''}`,
  { timeout: 600_000 },
  () => {
    let embedded: EmbeddedTarget;
    beforeAll(async () => {
      embedded = await startEmbedded();
    }, 600_000);
    afterAll(() => embedded?.target.stop());

    it('does all that applications ask for', async () => {
      const { gateway, baseURL } = embedded.target;
      const { stdout, stderr } = await execa(python ?? '', [SCRIPT], {
        env: {
          ...{ OPENAI_BASE_URL: baseURL, MODEL: REAL_MODEL, NO_PROXY: '*', SSL_CERT_FILE: gateway.caFile },
          OPENAI_API_KEY: await gateway.token('inference'),
        },
        stdin: 'ignore',
        reject: false,
      });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        structured: { name: expect.stringMatching(/Paris|Rome/), large: expect.any(Boolean) },
        called: 'get_weather',
        calledWith: { city: expect.stringMatching(/Paris|Rome/) },
        calledFor: 'tool_calls',
        likely: [2, 2, 2],
        several: 2,
        judged: 'One, two',
        judgedFrom: null,
        judgedTokens: 'One, two',
        best: [1, 9],
        pieces: 3,
        vectors: [576, 576],
        response: ['incomplete', 5],
        inOrder: true,
        parsed: { name: expect.stringMatching(/Paris|Rome/), large: expect.any(Boolean) },
        requestId: true,
        errors: [
          ['BadRequestError', 400, 'temperature', null],
          ['BadRequestError', 400, 'tool_choice', null],
          ['NotFoundError', 404, 'model', 'model_not_found'],
          ['BadRequestError', 400, 'prompt', 'context_length_exceeded'],
          ['BadRequestError', 400, 'suffix', 'unsupported_parameter'],
        ],
      });
    });
  },
);
