import { z } from 'zod';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE, type Audit, whoOf } from './admin-audit.ts';
import { json } from './json.ts';
import { described, modelName } from './schemas.ts';

export interface ProfileDeps {
  /** Profiles the gateway, or the engine of a replica of a model; answers the file it wrote. */
  readonly profile: (target: ProfileTarget, seconds: number) => Promise<string>;
  readonly audit: Audit;
}

export interface ProfileTarget {
  /** Absent: the gateway. */
  readonly model: string | undefined;
  readonly replica: number;
}

const MAX_SECONDS = 60;

const profileBody = z.strictObject({
  model: described(modelName.optional(), 'Whose engine is profiled; absent: the gateway.'),
  replica: described(z.int().min(0).max(1000).default(0), 'Which of its ready replicas, from 0.'),
  seconds: described(z.int().min(1).max(MAX_SECONDS).default(10), 'How long.'),
});

const profileReport = z
  .strictObject({ file: described(z.string(), 'Where it is on the machine of the service.'), seconds: z.int() })
  .meta({ id: 'ProfileReport' });

/** `POST /api/v1/admin/profile`. */
export const profileOperations = ({ profile, audit }: ProfileDeps): Operation[] => [
  defineOperation({
    ...ADMIN_ROUTE,
    id: 'profileProcess',
    method: 'post',
    path: '/api/v1/admin/profile',
    summary: 'Write a CPU profile of a process',
    description: 'Answers when the time is over. The file opens in the developer tools of browsers; it holds no data.',
    body: profileBody,
    errors: [
      'ERR_MODELS_UNKNOWN',
      'ERR_ROUTE_NO_REPLICA',
      'ERR_HTTP_PROFILE_BUSY',
      'ERR_ENGINE_DIED',
      'ERR_AUDIT_UNAVAILABLE',
    ],
    answers: { 200: { description: 'What was written.', content: { 'application/json': profileReport } } },
    async handle(request) {
      const { model, replica, seconds } = request.body;
      audit.info('process.profiled', { ...whoOf(request), labels: { process: model ?? 'gateway', seconds } });
      return json({ file: await profile({ model, replica }, seconds), seconds });
    },
  }),
];
