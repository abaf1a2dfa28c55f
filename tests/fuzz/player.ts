import type { TestGateway } from '../gateway.ts';
import { drawUntil, type Random } from '../redaction/random.ts';
import { sendFrames } from '../security/send-http2.ts';
import type { FuzzClient } from './client.ts';
import { drawFrames } from './http2-frames.ts';
import { tellSession } from './http2-story.ts';
import { createKeeper } from './keeper.ts';
import type { Ledger, Outcome } from './ledger.ts';
import { drawPlan, type Material, type Plan } from './plan.ts';
import { drawBytes, sendRaw } from './raw.ts';
import { tellJob, tellStream } from './stories.ts';

interface Parts {
  readonly gateway: TestGateway;
  readonly client: FuzzClient;
  readonly material: Material;
  readonly ledger: Ledger;
  /** Share of turns over HTTP/2: most are whole sessions of up to sixteen requests, some frames that no library would send. */
  readonly http2Share: number;
}

/** Of the other turns; the rest are single requests. Bytes wait for time limits of the gateway, so they are few. */
const STREAM_SHARE = 0.06;
const JOB_SHARE = 0.06;
const BYTES_SHARE = 0.015;
/** Of the turns over HTTP/2. */
const FRAMES_SHARE = 0.25;

export interface Player {
  /** Requests sent so far, good ones included. */
  sent(): number;
  /** One turn: a request, a stream, the story of a job, or bytes. */
  play(turn: number, random: Random): Promise<void>;
  checkGood(turn: number): Promise<void>;
}

/** Plays turns against a gateway and enters what comes back. */
export const createPlayer = ({ gateway, client, material, ledger, http2Share }: Parts): Player => {
  const keeper = createKeeper(client, material.tokenOf('all'));
  const door = { port: Number(new URL(gateway.url).port), ca: gateway.ca };
  const token = material.tokenOf('inference');
  let rawSent = 0;

  const playBytes = async (turn: number, random: Random): Promise<void> => {
    rawSent += 1;
    const statuses = await sendRaw(door, drawBytes(token, random));
    for (const status of statuses) ledger.count(String(status));
    if (statuses.length === 0) ledger.count('closed');
    const failures = statuses.filter(isFailure);
    if (failures.length > 0) ledger.blame(turn, `bytes: ${failures}`);
  };

  const playFrames = async (turn: number, random: Random): Promise<void> => {
    rawSent += 1;
    const outcome = await sendFrames(door, drawFrames(token, random));
    ledger.count(`HTTP/2 ${outcome}`);
    if (isFailure(outcome)) ledger.blame(turn, `frames: ${outcome}`);
  };

  const playSession = async (turn: number, random: Random): Promise<void> => {
    const draw = (chance: Random) =>
      drawUntil(
        () => drawPlan(material, chance),
        (plan) => !keeper.isChange(plan),
      );
    rawSent += await tellSession({ gateway, ledger, draw }, turn, random);
  };

  const playRequest = async (turn: number, plan: Plan): Promise<void> => {
    const send = async () => ledger.enter(turn, plan, await client.send(plan));
    await (keeper.isChange(plan) ? keeper.change(send) : send());
  };

  return {
    sent: () => client.sent + rawSent,
    async play(turn, random) {
      const stage = {
        client,
        token,
        judge: (plan: Plan, outcome: Outcome) => ledger.enter(turn, plan, outcome),
      };
      if (random.chance(http2Share)) {
        return random.chance(FRAMES_SHARE) ? playFrames(turn, random) : playSession(turn, random);
      }
      const kind = random.next();
      if (kind < STREAM_SHARE) await tellStream(stage, random);
      else if (kind < STREAM_SHARE + JOB_SHARE) await tellJob(stage, random);
      else if (kind < STREAM_SHARE + JOB_SHARE + BYTES_SHARE) await playBytes(turn, random);
      else await playRequest(turn, drawPlan(material, random));
    },
    async checkGood(turn) {
      for (const problem of await keeper.checkGood()) ledger.blame(turn, problem);
    },
  };
};

const isFailure = (outcome: number | string): boolean =>
  typeof outcome === 'number' && outcome >= 500 && outcome !== 503 && outcome !== 504;
