import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MISSING_PYTHON_CLIENT, pythonWithOpenai } from '../../python/openai-client.ts';
import { SCRIPTED_CONFIG, startTarget, type Target } from './target.ts';

const SCRIPT = fileURLToPath(new URL('./client.py', import.meta.url));
const SCRIPT_MS = 110_000;

const python = pythonWithOpenai();

describe.skipIf(python === undefined)(
  `the official Python client${python === undefined ? ` (${MISSING_PYTHON_CLIENT})` : ''}`,
  () => {
    let target: Target;
    beforeAll(async () => {
      target = await startTarget(SCRIPTED_CONFIG);
      await target.gateway.report('model', ({ id, phase }) => id === 'lab/slow' && phase === 'ready');
    });
    afterAll(() => target?.stop());

    const run = async (env: Record<string, string>) =>
      execa(python ?? '', [SCRIPT], {
        env: {
          OPENAI_BASE_URL: target.baseURL,
          OPENAI_API_KEY: await target.gateway.token('inference'),
          MODEL: 'echo',
          NO_PROXY: '*',
          ...env,
        },
        timeout: SCRIPT_MS,
        stdin: 'ignore',
        reject: false,
      });

    it('does everything it can ask for, with certificate verification on', async () => {
      const { stdout, stderr } = await run({ SSL_CERT_FILE: target.gateway.caFile });
      expect(stderr).toBe('');
      const refusal = (kind: string, status: number, code: string | null, param: string | null) => ({
        kind,
        status,
        code,
        param,
        hasRequestId: true,
      });
      const got = JSON.parse(stdout);
      expect(got).toMatchObject({
        chat: 'before ',
        finish: 'stop',
        streamed: 'before ',
        streamedUsage: got.usage,
        text: 'hellohello',
        pieces: 'hello',
        twice: ['before STOP after', 'before STOP after'],
        several: ['one', 'two'],
        response: 'hello',
        streamedResponse: 'hello',
        embeddingsAgree: true,
        embeddingLength: 8,
        models: ['echo', 'lab/slow', 'failing'],
        model: 'echo',
        errors: {
          range: refusal('BadRequestError', 400, null, 'temperature'),
          unsupported: refusal('BadRequestError', 400, 'unsupported_parameter', 'store'),
          model: refusal('NotFoundError', 404, 'model_not_found', 'model'),
          image: refusal('BadRequestError', 400, 'unsupported_content', 'messages[0].content[0]'),
          key: refusal('AuthenticationError', 401, 'invalid_api_key', null),
        },
      });
    });

    it('refuses a server whose authority it was not told to trust', async () => {
      const { exitCode, stderr } = await run({});
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/CERTIFICATE_VERIFY_FAILED/);
    });
  },
);
