import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Step } from '../../alerting/actions/steps.ts';
import { verifyTrail } from '../../core/audit/verify.ts';
import { alertOf, resolved, startTestActions, type TestActions, webhookOf } from '../actions.ts';
import { effectsIn } from '../fixtures/actions/recorder.ts';
import { until } from '../stream.ts';

// Every one that there is; the type sees to it that none is forgotten.
const STEPS: Readonly<Record<Step, true>> = {
  'webhook.read': true,
  'webhook.written': true,
  'webhook.committed': true,
  'webhook.answered': true,
  'task.marked': true,
  'task.performed': true,
  'task.written': true,
  'task.recorded': true,
  'decision.audited': true,
  'decision.marked': true,
  'notice.committed': true,
};
/** Early in the story below; and what happens between two processes at work, also later. */
const CASES = Object.keys(STEPS).flatMap((step) =>
  (step.startsWith('task.') ? [1, 3] : [1]).map((times) => ({ step, times })),
);

const WEBHOOKS = [
  webhookOf([alertOf('A'), alertOf('B')]),
  webhookOf([alertOf('C')]),
  webhookOf([resolved('A')]),
  webhookOf([alertOf('B'), resolved('C')]),
];
const FACTS = ['A firing', 'A resolved', 'B firing', 'C firing', 'C resolved'];

let dir: string;
let process: TestActions;
let deaths: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-actions-kill-'));
  deaths = 0;
});
afterEach(async () => {
  await process.stop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (death?: { readonly step: string; readonly times: number }): void => {
  process = startTestActions(dir, { bounds: { announces: true }, ...(death === undefined ? {} : { death }) });
};

/** As `clawdbot up` does. */
const reviveWhenDead = async (): Promise<void> => {
  if (process.child.exitCode === null && process.child.signalCode === null) return;
  expect(await process.ended).toBe('SIGKILL');
  deaths += 1;
  start();
};

/** As Alertmanager does: again until it is taken. */
const deliver = async (webhook: object): Promise<void> => {
  await until(
    async () => {
      await reviveWhenDead();
      return process.post('record', webhook).then(
        ({ status }) => status,
        () => 0,
      );
    },
    (status) => status === 200,
  );
};

const isIdle = async (): Promise<boolean> => {
  await reviveWhenDead();
  const health = await process.get('/health').catch(() => undefined);
  return (health?.body as { readonly pending?: number } | undefined)?.pending === 0;
};

const trail = (): string => join(dir, 'audit', 'audit.json');

/** Lines are gathered for a moment before they are written: at first there may be no file. */
const audited = (): readonly Record<string, unknown>[] =>
  (existsSync(trail()) ? readFileSync(trail(), 'utf8') : '')
    .split('\n')
    .filter((line) => line.includes('"action.decided"'))
    .map((line) => JSON.parse(line));

describe.skipIf(globalThis.process.platform === 'win32')('kill -9', () => {
  it.each(CASES)('at $step ($times) loses nothing, and does nothing twice under two names', async (death) => {
    start(death);
    for (const webhook of WEBHOOKS) await deliver(webhook);
    await until(
      async () => {
        await reviveWhenDead();
        return deaths;
      },
      (times) => times === 1,
    );
    const noted = () => effectsIn(process.effects).filter(({ notice }) => notice !== undefined);
    await until(
      async () => (await isIdle()) && (await isIdle()) && noted().length >= FACTS.length,
      (holds) => holds,
    );

    const effects = effectsIn(process.effects).filter(({ notice }) => notice === undefined);
    // A receiver that knows a name it has seen does each thing once.
    const once = [...new Map(effects.map((effect) => [effect.id, effect])).values()];
    expect(once.map(({ alert, status }) => `${alert} ${status}`).toSorted()).toEqual(FACTS);
    // The window between an effect and its record is the only one in which something happens twice, and says so.
    expect(effects.length - once.length).toBeLessThanOrEqual(2);
    for (const effect of effects) {
      const earlier = effects.slice(0, effects.indexOf(effect)).filter(({ id }) => id === effect.id);
      expect(effect.attempt).toBeGreaterThan(earlier.at(-1)?.attempt ?? 0);
    }
    for (const name of ['A', 'C']) {
      const order = effects.filter(({ alert }) => alert === name).map(({ status }) => status);
      expect(order.lastIndexOf('firing'), name).toBeLessThan(order.indexOf('resolved'));
    }
    expect(new Set(noted().map(({ notice }) => notice)).size).toBe(FACTS.length);

    // Every task has one decision that ended it, and each decision is in the audit trail.
    const list = (await process.get('/api/v1/actions?limit=1000')).body as {
      actions: readonly { id: number; outcome: string; alert?: string }[];
    };
    const ended = list.actions.filter(({ outcome, alert }) => outcome === 'done' && alert !== undefined);
    expect(ended).toHaveLength(FACTS.length);
    const ids = new Set(list.actions.map(({ id }) => id));
    await until(
      () => new Set(audited().map((line) => line['labels.decision'])),
      (found) => [...ids].every((id) => found.has(id)),
    );
    await process.stop();
    expect(await verifyTrail({ from: join(dir, 'audit') })).toMatchObject({ breaks: [] });
  });
});
