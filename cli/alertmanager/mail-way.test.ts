import { expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import type { EgressNote } from '../../core/egress/ledger.ts';
import { mailWay } from './mail-way.ts';

const wayOf = (config: object) => {
  const notes: EgressNote[] = [];
  const { mail, why } = mailWay(configSchema.parse(config), {}, (note) => notes.push(note));
  return { to: mail?.to, from: mail?.from, why, notes };
};
const EMAIL = { to: ['ops@example.org'], smarthost: 'mail.example.org:587' };
const NOTE = { purpose: 'email', dataClass: 'metadata', destination: 'mail.example.org:587', program: 'alertmanager' };

it('leads to the server that is named, and is in the books', () => {
  expect(wayOf({ email: EMAIL })).toEqual({
    ...{ to: EMAIL.to, from: 'ops@example.org', why: undefined },
    notes: [{ ...NOTE, outcome: 'sent' }],
  });
});

it.each([{}, { to: EMAIL.to }, { smarthost: EMAIL.smarthost }])(
  'is none with %j, and says what turns it on',
  (email) => {
    expect(wayOf({ email })).toMatchObject({
      to: undefined,
      why: 'e-mail is off; email.to and email.smarthost turn it on',
      notes: [],
    });
  },
);

it('is none where egress does not allow it, and says what is missing', () => {
  const { to, why, notes } = wayOf({ email: EMAIL, egress: { implied: false } });
  expect(to).toBeUndefined();
  expect(why).toMatch(/^e-mail is off: expected a host that egress\.allow names for email, got mail\.example\.org:587/);
  expect(notes).toEqual([{ ...NOTE, outcome: 'refused' }]);
});
