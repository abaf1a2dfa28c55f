import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { alertOf, webhookOf } from '../../../tests/actions.ts';
import { readWebhook } from './payload.ts';

const read = (value: unknown) => readWebhook(Buffer.from(JSON.stringify(value)));

describe('a webhook of Alertmanager', () => {
  it('is read, with fields that nobody here knows passed over', () => {
    const webhook = read({ ...webhookOf([{ ...alertOf('A'), new: 1 }]), notification_reason: 'x' });
    expect(webhook).toMatchObject({ groupKey: expect.any(String), alerts: [{ fingerprint: 'f-A', status: 'firing' }] });
  });

  it('may lack what nothing depends on', () => {
    const { annotations: _a, endsAt: _e, generatorURL: _g, ...bare } = alertOf('A');
    const { truncatedAlerts: _t, ...webhook } = webhookOf([bare]);
    expect(read(webhook).alerts[0]).toMatchObject({ annotations: {}, generatorURL: '' });
  });

  it.each([
    ['body', 7],
    ['alerts', { ...webhookOf([]), alerts: 'many' }],
    ['alerts[0].labels.model', webhookOf([alertOf('A', { labels: { model: 7 } })])],
    ['alerts[1].status', webhookOf([alertOf('A'), alertOf('B', { status: 'maybe' })])],
  ])('that is wrong is refused with where: %s', (where, body) => {
    expect(() => read(body)).toThrow(`expected a webhook of Alertmanager, version 4: ${where}: `);
  });

  it('never fails in any other way, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          readWebhook(Buffer.from(text));
        } catch (error) {
          expect(error instanceof ServiceError && error.row.status).toBe(400);
        }
      }),
    );
  });
});
