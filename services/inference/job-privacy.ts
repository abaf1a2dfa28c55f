import { ServiceError } from '../../core/errors/service-error.ts';
import type { JobRecord, JobResult } from './jobs/job.ts';
import type { JobPrivacy } from './jobs/privacy.ts';
import { createRestorer } from './redact/restorer.ts';
import { readPseudonyms } from './redact/stage/pseudonym-book.ts';
import type { Redaction } from './redact/stage/redaction.ts';
import { revealJson, revealText } from './redact/stage/reveal.ts';
import type { Seal } from './redact/stage/seal.ts';

/**
 * Jobs hold redacted requests and answers. What the pseudonyms stand for lies beside them, sealed with the key of the
 * data folder, and is put back when the owner reads the job; callbacks carry the pseudonyms.
 */
export const createJobPrivacy = (redaction: Pick<Redaction, 'begin'>, seal: Seal): JobPrivacy => {
  const pseudonymsOf = ({ payload, requestId }: JobRecord): ReturnType<typeof readPseudonyms> => {
    const opened = payload.sealed === undefined ? undefined : seal.open(payload.sealed, requestId);
    // Safe: only `accept` closes such a seal, over what it wrote.
    return readPseudonyms(opened === undefined ? [] : (JSON.parse(opened) as [string, string][]));
  };
  return {
    accept(submission) {
      const { payload, requestId, caller } = submission;
      const call = redaction.begin({ requestId, scenario: payload.scenario, caller: { ...caller, ...NO_SCOPES } });
      try {
        const request = call.request(payload.request);
        const entries = call.pseudonyms();
        const sealed = entries.length === 0 ? {} : { sealed: seal.close(JSON.stringify(entries), requestId) };
        return { ...submission, payload: { ...payload, request, ...sealed } };
      } finally {
        call.end();
      }
    },
    reveal(record, job) {
      if (record.payload.sealed === undefined || job.result === undefined) return job;
      return { ...job, result: revealResult(job.result, pseudonymsOf(record)) };
    },
    revealText: (record) => createRestorer(pseudonymsOf(record)),
    fingerprint: seal.fingerprint,
    closeUrl(url, bound) {
      const place = url.pathname + url.search;
      return place === '/' ? url.href : `${url.origin}/#${seal.close(place, bound)}`;
    },
    openUrl(stored, bound) {
      const { origin, hash } = new URL(stored);
      if (hash === '') return stored;
      const place = seal.open(hash.slice(1), bound);
      if (place !== undefined) return origin + place;
      throw new ServiceError('ERR_JOBS_CALLBACK', 'callbackUrl: it was stored with another key and cannot be read');
    },
  };
};

/** A job was allowed in when it was accepted. */
const NO_SCOPES = { scopes: new Set<never>(), address: '' } as const;

const revealResult = (result: JobResult, pseudonyms: ReturnType<typeof readPseudonyms>): JobResult => {
  const { text, reasoning, toolCalls } = result;
  return {
    ...result,
    text: revealText(text, pseudonyms),
    ...(reasoning === undefined ? {} : { reasoning: revealText(reasoning, pseudonyms) }),
    ...(toolCalls === undefined
      ? {}
      : {
          toolCalls: toolCalls.map((call) => ({
            ...call,
            name: revealText(call.name, pseudonyms),
            arguments: revealJson(call.arguments, pseudonyms),
          })),
        }),
  };
};
