import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../../services/inference/call.ts';
import { scopesOf } from '../../../services/inference/http/route-access.ts';
import { startTestService, type TestService } from '../../../services/inference/http/routes/test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

/** What each route asks for. A route is added here on purpose or not at all; `docs/developers.md` tells the same. */
const ROUTES: Readonly<Record<string, Scope | readonly Scope[] | 'any' | 'address'>> = {
  'POST /api/v1/inference': 'inference',
  'POST /api/v1/tokenize': 'inference',
  'POST /api/v1/tokens/count': 'inference',
  'POST /api/v1/detokenize': 'inference',
  'GET /api/v1/jobs': 'inference',
  'GET /api/v1/jobs/{id}': 'inference',
  'DELETE /api/v1/jobs/{id}': 'inference',
  'GET /api/v1/jobs/{id}/events': 'inference',
  'GET /api/v1/usage': ['inference', 'admin'],
  'GET /api/v1/models': 'any',
  'POST /api/v1/models/select': 'inference',
  'POST /v1/chat/completions': 'inference',
  'POST /v1/completions': 'inference',
  'POST /v1/responses': 'inference',
  'POST /v1/embeddings': 'inference',
  'POST /v1/rerank': 'inference',
  'GET /v1/models': 'inference',
  'GET /v1/models/{model}': 'inference',
  'GET /api/v1/health/live': 'address',
  'GET /api/v1/health/ready': 'address',
  'GET /api/v1/health': 'any',
  'GET /api/v1/metrics': 'metrics',
  'GET /api/v1/audit': 'audit',
  'GET /api/v1/audit/head': 'audit',
  'GET /api/v1/admin/egress': 'admin',
  'POST /api/v1/admin/profile': 'admin',
  'POST /api/v1/admin/purge': 'admin',
  'GET /api/v1/admin/limits': 'admin',
  'PUT /api/v1/admin/limits': 'admin',
  'GET /api/v1/admin/shedding': 'admin',
  'PUT /api/v1/admin/shedding': 'admin',
  'GET /api/v1/admin/breaker': 'admin',
  'PUT /api/v1/admin/breaker': 'admin',
  'GET /api/v1/admin/replicas': 'admin',
  'PUT /api/v1/admin/replicas': 'admin',
  'POST /api/v1/admin/models/{model}/load': 'admin',
  'POST /api/v1/admin/models/{model}/unload': 'admin',
};

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }) =>
  `${method.toUpperCase()} ${path}`;

describe('the routes', () => {
  it('are those of the table, with the access it says', () => {
    expect(Object.fromEntries(service.operations.map((each) => [nameOf(each), each.access]))).toEqual(ROUTES);
  });

  it('each refuse no credential, and every scope but their own, before they look at the body', async () => {
    for (const operation of service.operations) {
      const { access } = operation;
      if (access === 'address') continue;
      const status = async (authorization: string) => {
        const path = operation.path.replace('{id}', 'job_1').replace('{model}', 'tiny');
        const method = operation.method.toUpperCase() as 'GET';
        const body = operation.body === undefined ? {} : { body: 'no JSON' };
        return (await service.send(path, { method, headers: { authorization }, ...body })).status;
      };
      expect([nameOf(operation), await status('')]).toEqual([nameOf(operation), 401]);
      for (const scope of SCOPES) {
        const isRefused = access !== 'any' && !scopesOf(access).includes(scope);
        expect([nameOf(operation), scope, (await status(`Bearer test ${scope}`)) === 403]).toEqual([
          nameOf(operation),
          scope,
          isRefused,
        ]);
      }
      if (access === 'any') continue;
      const others = SCOPES.filter((scope) => !scopesOf(access).includes(scope)).join(' ');
      expect([nameOf(operation), await status(`Bearer test ${others}`)]).toEqual([nameOf(operation), 403]);
    }
  });
});
