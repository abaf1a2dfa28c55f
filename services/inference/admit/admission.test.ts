import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { createSteadyClock } from '../../../core/resilience/steady-clock.ts';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { createAdmission, type Entry } from './admission.ts';
import type { Slot } from './slot.ts';

const limitsOf = (limits: Record<string, unknown>) => configSchema.parse({ limits }).limits;
const NEVER = new AbortController().signal;

const entry = (more: Partial<Entry> = {}): Entry => ({
  keyId: 'key:a',
  priority: 'normal',
  deadlineAt: Date.now() + 600_000,
  estimatedTokens: 10,
  signal: NEVER,
  ...more,
});

const setUp = (limits: Record<string, unknown>) => {
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', enabled: false });
  return createAdmission({ limits: limitsOf(limits), now: Date.now, telemetry });
};

/** Takes slots until someone has to wait. */
const fill = (admission: ReturnType<typeof setUp>, count: number): Slot[] =>
  Array.from({ length: count }, () => {
    const slot = admission.enter(entry());
    if (slot instanceof Promise) throw new Error('had to wait');
    return slot;
  });

const counts = (admission: ReturnType<typeof setUp>) => {
  const { active, waiting } = admission.snapshot();
  return [active, waiting];
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('admission', () => {
  it('gives a slot at once while there is one, and makes the next wait for it', async () => {
    const admission = setUp({ maxConcurrency: 2 });
    const [first] = fill(admission, 2);
    const third = admission.enter(entry());
    expect(counts(admission)).toEqual([2, 1]);
    vi.advanceTimersByTime(250);
    first?.release();
    expect((await third).waitedMs).toBe(250);
    expect(counts(admission)).toEqual([2, 0]);
  });

  it.each([
    ['forwards', 3_600_000],
    ['backwards', -3_600_000],
  ])('neither ends nor prolongs a wait, a deadline or a budget when the clock steps %s', async (_way, stepMs) => {
    const telemetry = createTelemetry({ serviceName: 'test', version: '0', enabled: false });
    const now = createSteadyClock();
    const limits = limitsOf({ maxConcurrency: 1, perKey: { requestsPerMinute: 2 } });
    const admission = createAdmission({ limits, now, telemetry });
    const deadlineAt = now() + 60_000;
    const first = admission.enter(entry({ deadlineAt }));
    const second = admission.enter(entry({ deadlineAt }));
    vi.setSystemTime(Date.now() + stepMs);
    expect(() => admission.enter(entry({ deadlineAt }))).toThrow(expect.objectContaining({ code: 'ERR_ADMIT_RATE' }));
    vi.advanceTimersByTime(250);
    if (!(first instanceof Promise)) first.release();
    expect((await second).waitedMs).toBe(250);
    vi.advanceTimersByTime(29_750);
    expect(() => admission.enter(entry({ deadlineAt }))).not.toThrow();
  });

  it('refuses the lowest priority while it is shed, and nobody else', () => {
    const admission = setUp({ maxConcurrency: 4 });
    admission.shedding.set(60_000);
    expect(() => admission.enter(entry({ priority: 'low' }))).toThrow(
      expect.objectContaining({ code: 'ERR_ADMIT_SHED', retryAfterSeconds: 30 }),
    );
    fill(admission, 1);
    vi.advanceTimersByTime(60_000);
    expect(() => admission.enter(entry({ priority: 'low' }))).not.toThrow();
  });

  it('takes a slot back once, however often it is given', () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    slot?.release(5);
    slot?.release(5);
    expect(counts(admission)).toEqual([0, 0]);
    fill(admission, 1);
  });

  it('refuses when the queue is full, with a wait from how long requests have lately taken', () => {
    const admission = setUp({ maxConcurrency: 1, queue: 2 });
    const [slot] = fill(admission, 1);
    vi.advanceTimersByTime(4000);
    slot?.release();
    fill(admission, 1);
    for (let index = 0; index < 2; index += 1) void admission.enter(entry());
    expect(() => admission.enter(entry())).toThrow(
      expect.objectContaining({ code: 'ERR_ADMIT_QUEUE_FULL', retryAfterSeconds: 12, details: { limit: 2 } }),
    );
  });

  it('never queues where the queue has no places', () => {
    const admission = setUp({ maxConcurrency: 1, queue: 0 });
    fill(admission, 1);
    expect(() => admission.enter(entry())).toThrow(expect.objectContaining({ code: 'ERR_ADMIT_QUEUE_FULL' }));
  });

  it('starts high before normal before low', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const order: string[] = [];
    const ask = async (priority: Entry['priority']) => {
      const granted = await admission.enter(entry({ priority }));
      order.push(priority);
      granted.release();
    };
    const asked = [ask('low'), ask('normal'), ask('high')];
    slot?.release();
    await Promise.all(asked);
    expect(order).toEqual(['high', 'normal', 'low']);
  });

  it('lets no newcomer past those who wait', async () => {
    const admission = setUp({ maxConcurrency: 2 });
    fill(admission, 2);
    const waiting = admission.enter(entry());
    admission.update(limitsOf({ maxConcurrency: 3 }));
    await waiting;
    expect(admission.enter(entry())).toBeInstanceOf(Promise);
  });
});

describe('a waiting request', () => {
  it('leaves when its client does', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const controller = new AbortController();
    const waiting = admission.enter(entry({ signal: controller.signal }));
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(counts(admission)).toEqual([1, 0]);
    slot?.release();
    expect(counts(admission)).toEqual([0, 0]);
  });

  it('is refused when its deadline passes, without holding up the others', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const late = Promise.resolve(admission.enter(entry({ deadlineAt: Date.now() + 1000 })));
    const later = Promise.resolve(admission.enter(entry({ deadlineAt: Date.now() + 5000 })));
    const patient = Promise.resolve(admission.enter(entry()));
    const outcomes: string[] = [];
    late.catch((error) => outcomes.push(`late ${error.code}`));
    later.catch((error) => outcomes.push(`later ${error.code}`));
    await vi.advanceTimersByTimeAsync(999);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(30);
    expect(outcomes).toEqual(['late ERR_ADMIT_DEADLINE']);
    await vi.advanceTimersByTimeAsync(4000);
    expect(outcomes).toEqual(['late ERR_ADMIT_DEADLINE', 'later ERR_ADMIT_DEADLINE']);
    slot?.release();
    (await patient).release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not exist when it came too late or its client is gone', () => {
    const admission = setUp({ maxConcurrency: 1 });
    expect(() => admission.enter(entry({ deadlineAt: Date.now() }))).toThrow(
      expect.objectContaining({ code: 'ERR_ADMIT_DEADLINE' }),
    );
    expect(() => admission.enter(entry({ signal: AbortSignal.abort(new Error('gone')) }))).toThrow('gone');
    expect(counts(admission)).toEqual([0, 0]);
  });
});

describe('limits that change', () => {
  it('start those who wait when raised', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    fill(admission, 1);
    const waiting = [admission.enter(entry()), admission.enter(entry()), admission.enter(entry())];
    admission.update(limitsOf({ maxConcurrency: 3 }));
    await Promise.all(waiting.slice(0, 2));
    expect(counts(admission)).toEqual([3, 1]);
  });

  it('drop nobody when lowered, running or waiting', async () => {
    const admission = setUp({ maxConcurrency: 3, queue: 10 });
    const slots = fill(admission, 3);
    const waiting = [admission.enter(entry()), admission.enter(entry())];
    admission.update(limitsOf({ maxConcurrency: 1, queue: 1 }));
    expect(counts(admission)).toEqual([3, 2]);
    expect(() => admission.enter(entry())).toThrow(expect.objectContaining({ code: 'ERR_ADMIT_QUEUE_FULL' }));
    slots[0]?.release();
    slots[1]?.release();
    expect(counts(admission)).toEqual([1, 2]);
    slots[2]?.release();
    (await waiting[0])?.release();
    await waiting[1];
    expect(counts(admission)).toEqual([1, 0]);
    expect(admission.snapshot().limits.maxConcurrency).toBe(1);
  });
});

describe('limits of one key', () => {
  it('refuse that key only, whether its requests run or wait', () => {
    const admission = setUp({ maxConcurrency: 1, perKey: { concurrency: 2 } });
    fill(admission, 1);
    void admission.enter(entry());
    expect(() => admission.enter(entry())).toThrow(
      expect.objectContaining({ code: 'ERR_ADMIT_CONCURRENCY', retryAfterSeconds: expect.any(Number) }),
    );
    expect(admission.enter(entry({ keyId: 'key:b' }))).toBeInstanceOf(Promise);
  });

  it('refuse beyond the rate, and let through after exactly the wait they name', () => {
    const admission = setUp({ perKey: { requestsPerMinute: 2 } });
    for (const slot of fill(admission, 2)) slot.release();
    let error: unknown;
    try {
      admission.enter(entry());
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'ERR_ADMIT_RATE', retryAfterSeconds: 30, details: { unit: 'requests' } });
    vi.advanceTimersByTime(30_000);
    fill(admission, 1);
    expect(admission.rateHeaders('key:a')).toMatchObject({ 'x-ratelimit-remaining-requests': '0' });
  });

  it('give back the tokens of a request that left the queue', async () => {
    const admission = setUp({ maxConcurrency: 1, perKey: { tokensPerMinute: 100 } });
    fill(admission, 1);
    const controller = new AbortController();
    const waiting = admission.enter(entry({ estimatedTokens: 60, signal: controller.signal }));
    expect(admission.rateHeaders('key:a')).toMatchObject({ 'x-ratelimit-remaining-tokens': '30' });
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(admission.rateHeaders('key:a')).toMatchObject({ 'x-ratelimit-remaining-tokens': '90' });
  });

  it('use up nothing of a key that is refused for the sake of the service', () => {
    const admission = setUp({ maxConcurrency: 1, queue: 0, perKey: { requestsPerMinute: 5 } });
    fill(admission, 1);
    for (let index = 0; index < 5; index += 1) expect(() => admission.enter(entry())).toThrow();
    expect(admission.rateHeaders('key:a')).toMatchObject({ 'x-ratelimit-remaining-requests': '4' });
  });
});

describe('draining', () => {
  it('refuses newcomers, lets running and waiting ones finish, then resolves', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const waiting = admission.enter(entry());
    let isDrained = false;
    const drained = admission.drain().then(() => {
      isDrained = true;
    });
    expect(() => admission.enter(entry())).toThrow(expect.objectContaining({ code: 'ERR_ADMIT_DRAINING' }));
    slot?.release();
    const last = await waiting;
    expect(isDrained).toBe(false);
    last.release();
    await drained;
    await admission.drain();
  });
});

describe('what is measured', () => {
  it('are depth, activity, limit, waits and refusals by reason', async () => {
    vi.useRealTimers();
    const telemetry = createTelemetry({ serviceName: 'test', version: '0' });
    const limits = limitsOf({ maxConcurrency: 1, queue: 1 });
    const admission = createAdmission({ limits, now: Date.now, telemetry });
    const slot = admission.enter(entry());
    const waiting = admission.enter(entry({ priority: 'high' }));
    expect(() => admission.enter(entry())).toThrow();
    const page = await telemetry.expose();
    for (const line of [
      'clawdbot_queue_depth 1',
      'clawdbot_requests_active 1',
      'clawdbot_requests_limit 1',
      'clawdbot_rejections_total{reason="queue_full"} 1',
      'clawdbot_queue_wait_seconds_count{priority="normal"} 1',
    ]) {
      expect(page).toContain(line);
    }
    (await slot).release();
    (await waiting).release();
    await telemetry.stop();
  });
});

describe('a slot whose holder is away', () => {
  it('leaves its place to others, and waits for one again', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const load = Promise.withResolvers<void>();
    const back = slot?.away(() => load.promise);
    const [other] = fill(admission, 1);
    load.resolve();
    await vi.advanceTimersByTimeAsync(1);
    expect(counts(admission)).toEqual([1, 1]);
    other?.release();
    await back;
    expect(counts(admission)).toEqual([1, 0]);
    slot?.release();
    expect(counts(admission)).toEqual([0, 0]);
  });

  it('keeps counting for its key, and is settled once whatever becomes of the wait', async () => {
    const admission = setUp({ maxConcurrency: 4, perKey: { concurrency: 1 } });
    const [slot] = fill(admission, 1);
    const failed = slot?.away(() => Promise.reject(new Error('no such model')));
    expect(() => admission.enter(entry())).toThrow(expect.objectContaining({ code: 'ERR_ADMIT_CONCURRENCY' }));
    await expect(failed).rejects.toThrow('no such model');
    slot?.release(0);
    slot?.release(0);
    expect(counts(admission)).toEqual([0, 0]);
    fill(admission, 1);
  });

  it('gives back what it gets when it was given up on the way', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const [slot] = fill(admission, 1);
    const back = slot?.away(() => Promise.resolve());
    const [other] = fill(admission, 1);
    await vi.advanceTimersByTimeAsync(1);
    slot?.release();
    other?.release();
    await back;
    expect(counts(admission)).toEqual([0, 0]);
    const drained = admission.drain();
    await drained;
  });

  it('waits with those that left before it, and no more than may wait are away', async () => {
    const admission = setUp({ maxConcurrency: 8, queue: 1 });
    const [one, two] = fill(admission, 2);
    const load = Promise.withResolvers<void>();
    const first = one?.away(() => load.promise);
    expect(one?.away(() => Promise.reject(new Error('never asked')))).toBe(first);
    await expect(two?.away(() => load.promise)).rejects.toMatchObject({ code: 'ERR_ADMIT_QUEUE_FULL' });
    load.resolve();
    await first;
    expect(counts(admission)).toEqual([2, 0]);
  });

  it('comes back to nothing when its client has left', async () => {
    const admission = setUp({ maxConcurrency: 1 });
    const client = new AbortController();
    const slot = await admission.enter(entry({ signal: client.signal }));
    const back = slot.away(async () => client.abort(new Error('gone')));
    await expect(back).rejects.toThrow('gone');
    slot.release(0);
    expect(counts(admission)).toEqual([0, 0]);
    fill(admission, 1);
  });
});
