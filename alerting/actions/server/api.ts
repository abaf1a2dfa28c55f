import { z } from 'zod';
import { createSchemaCollector, type Json } from '../../../core/http/openapi-schemas.ts';
import type { RecordedDecision } from '../inbox/store.ts';

const MAX_LIMIT = 1000;

/** Which decisions are asked for. */
export const actionsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50).describe('How many, the latest first.'),
  action: z.string().min(1).max(256).optional().describe('Only those of this action.'),
});

const decision = z
  .strictObject({
    id: z.int().describe('Grows with every decision.'),
    at: z.iso.datetime(),
    action: z
      .string()
      .describe('An action of the policy; or `inbox`, `notice`, `dead_man`: what the process decides by itself.'),
    outcome: z.enum(['done', 'nothing', 'dry_run', 'retry', 'failed']),
    reason: z.string().describe('What was done, or why nothing was.'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    incident: z.string().optional().describe('The same while an incident lasts.'),
    alert: z.string().optional().describe('Name of the alert.'),
    severity: z.string().optional(),
    status: z.enum(['firing', 'resolved']).optional(),
    receiver: z.string().optional().describe('Receiver of Alertmanager it came by.'),
    attempt: z.int().optional(),
  })
  .meta({ id: 'Decision' });

const decisions = z.strictObject({ actions: z.array(decision) }).meta({ id: 'DecisionList' });

const problem = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      requestId: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'Error' });

const health = z
  .strictObject({
    status: z.enum(['ok', 'silent', 'failing']).describe('`silent`: the alert that always fires has stopped coming.'),
    pending: z.int().describe('Tasks without an outcome.'),
    oldestPendingMs: z.int().optional(),
    watchdogAgeMs: z.int().optional().describe('Since the alert that always fires came last; absent: it never did.'),
    actions: z.array(z.string()),
  })
  .meta({ id: 'Health' });

const webhook = z
  .record(z.string(), z.unknown())
  .describe('A webhook of Alertmanager, version 4.')
  .meta({ id: 'Webhook' });

export type HealthView = z.output<typeof health>;

/** A decision as the API shows it. */
export const showDecision = ({ seq, at, about, ...rest }: RecordedDecision): z.output<typeof decision> => {
  const { task: _name, ...shown } = about;
  return { id: seq, at: new Date(at).toISOString(), ...defined(rest), ...shown };
};

/** Exactly the fields that are there. */
const defined = ({
  action,
  outcome,
  reason,
  details,
  incident,
}: Pick<RecordedDecision, 'action' | 'outcome' | 'reason' | 'details' | 'incident'>) => ({
  ...{ action, outcome, reason },
  ...(details === undefined ? {} : { details: { ...details } }),
  ...(incident === undefined ? {} : { incident }),
});

/** The OpenAPI 3.0 document, made of the very schemas above. */
export const buildDocument = (version: string): Json => {
  const schemas = createSchemaCollector();
  const json = (schema: z.ZodType) => ({ 'application/json': { schema: schemas.convert(schema, 'output') } });
  const answer = (description: string, schema: z.ZodType): Json => ({ description, content: json(schema) });
  const failure = (description: string): Json => answer(description, problem);
  const parameters = Object.entries(actionsQuery.shape).map(([name, schema]) => {
    const { description = '', ...rest } = schemas.convert(schema, 'input');
    return { name, in: 'query', required: false, description, schema: rest };
  });
  const text: Json = { 'text/plain': { schema: { type: 'string' } } };
  const reader: Json = { security: [{}, { bearer: [] }] };
  const paths: Json = {
    '/hooks/{receiver}': {
      post: {
        operationId: 'postWebhook',
        summary: 'Take a webhook of Alertmanager; 200 means that what it asks for is durable.',
        security: [{ bearer: [] }],
        parameters: [{ name: 'receiver', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: { required: true, content: { 'application/json': { schema: schemas.convert(webhook, 'input') } } },
        responses: {
          200: answer('Taken.', z.strictObject({ status: z.literal('accepted') })),
          400: failure('The body is no such webhook; `details` names each place.'),
          401: failure('No token, or a wrong one.'),
          413: failure('The body is larger than `actions.maxBodyBytes`.'),
          503: failure('It cannot be taken now; send it again.'),
        },
      },
    },
    '/api/v1/actions': {
      get: {
        ...reader,
        ...{ operationId: 'listActions', summary: 'What was decided about alerts, the latest first.', parameters },
        responses: {
          200: answer('Decisions.', decisions),
          400: failure('A parameter is wrong.'),
          401: failure('No token, or a wrong one.'),
        },
      },
    },
    '/api/v1/openapi.json': {
      get: {
        ...reader,
        operationId: 'getDocument',
        summary: 'This document.',
        responses: { 200: { description: 'It.', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
    '/health': {
      get: {
        ...reader,
        operationId: 'getHealth',
        summary: 'How it does.',
        responses: { 200: answer('Well.', health), 503: answer('Not well.', health) },
      },
    },
    '/metrics': {
      get: {
        ...reader,
        operationId: 'getMetrics',
        summary: 'Its metrics for Prometheus.',
        responses: { 200: { description: 'Text.', content: text } },
      },
    },
  };
  return {
    openapi: '3.0.3',
    info: { title: 'Clawdbot actions', version, description: 'What is done about alerts.' },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: schemas.components(),
    },
  };
};
