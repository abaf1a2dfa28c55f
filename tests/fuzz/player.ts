import type { TestGateway } from '../gateway.ts';
import type { Random } from '../redaction/random.ts';
import type { FuzzClient } from './client.ts';
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
}

/** Of all turns; the rest are single requests. Bytes wait for time limits of the gateway, so they are few. */
const STREAM_SHARE = 0.06;
const JOB_SHARE = 0.06;
const BYTES_SHARE = 0.015;

export interface Player {
  /** Requests sent so far, good ones included. */
  sent(): number;
  /** One turn: a request, a stream, the story of a job, or bytes. */
  play(turn: number, random: Random): Promise<void>;
  checkGood(turn: number): Promise<void>;
}

/** Plays turns against a gateway and enters what comes back. */
export const createPlayer = ({ gateway, client, material, ledger }: Parts): Player => {
  const keeper = createKeeper(client, material.tokenOf('all'));
  const door = { port: Number(new URL(gateway.url).port), ca: gateway.ca };
  const token = material.tokenOf('inference');
  let rawSent = 0;

  const playBytes = async (turn: number, random: Random): Promise<void> => {
    rawSent += 1;
    const statuses = await sendRaw(door, drawBytes(token, random));
    for (const status of statuses) ledger.count(String(status));
    if (statuses.length === 0) ledger.count('closed');
    const failures = statuses.filter((status) => status >= 500 && status !== 503 && status !== 504);
    if (failures.length > 0) ledger.blame(turn, `bytes: ${failures}`);
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
