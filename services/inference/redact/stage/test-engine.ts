import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { Finding, Pseudonyms, Redacted, RedactionAction, RedactionStream, Redactor } from '../redactor.ts';
import { createRestorer } from '../restorer.ts';
import type { RuleEngine } from './engine-port.ts';

/** Three rules that are read at a glance, for tests of what is built around the engine. */
const RULES = [
  { id: 'tiny.email', pack: 'tiny', label: 'EMAIL', pattern: /[^\s@":,]+@[^\s@":,]+\.[a-z]+/g },
  { id: 'tiny.phone', pack: 'tiny', label: 'PHONE', pattern: /(?<!\d)1\d{10}(?!\d)/g },
  { id: 'tiny.key', pack: 'tiny', label: 'KEY', pattern: /(?<=password: )\S+|sk-\w+/g },
] as const;

type Actions = ReadonlyMap<string, RedactionAction>;

/** Throws at this word, as a broken rule would. */
export const POISON = 'POISON';

const redact = (actions: Actions, text: string, pseudonyms: Pseudonyms | undefined, from = 0): Redacted => {
  if (text.includes(POISON)) throw new Error(`broken on: ${text}`);
  const findings: Finding[] = [];
  let out = text;
  for (const { id, label, pattern } of RULES) {
    const action = actions.get(id);
    if (action === undefined) continue;
    out = out.replace(pattern, (value, start: number) => {
      if (action === 'block')
        throw new ServiceError('ERR_REDACT_BLOCKED', `blocked by ${id}`, { details: { rule: id } });
      findings.push({ rule: id, action, start: from + start, length: value.length });
      if (action === 'observe') return value;
      return action === 'pseudonym' && pseudonyms !== undefined ? pseudonyms.tokenFor(label, value) : `[${label}]`;
    });
  }
  return { text: out, findings };
};

/** Holds back the last word, and one before it that ends in a colon. */
const OPEN = /(?:\S*:\s)?\S*$/;

const stream = (actions: Actions, pseudonyms: Pseudonyms | undefined): RedactionStream => {
  let waiting = '';
  let done = 0;
  const take = (length: number): Redacted => {
    const result = redact(actions, waiting.slice(0, length), pseudonyms, done);
    waiting = waiting.slice(length);
    done += length;
    return result;
  };
  return {
    push(piece) {
      waiting += piece;
      return take(OPEN.exec(waiting)?.index ?? 0);
    },
    end: () => take(waiting.length),
    get held() {
      return waiting.length;
    },
  };
};

const tinyPseudonyms = (): Pseudonyms => {
  const values = new Map<string, string>();
  return {
    tokenFor(label, value) {
      const known = [...values].find(([, other]) => other === value)?.[0];
      const token = known ?? `[${label}_${values.size + 1}]`;
      values.set(token, value);
      return token;
    },
    valueOf: (token) => values.get(token),
    get size() {
      return values.size;
    },
  };
};

/** An engine of those rules. */
export const openTinyRules = (): RuleEngine => ({
  rules: RULES,
  redactor(actionOf): Redactor | undefined {
    const actions = new Map<string, RedactionAction>();
    for (const rule of RULES) {
      const action = actionOf(rule);
      if (action !== 'off') actions.set(rule.id, action);
    }
    if (actions.size === 0) return undefined;
    return {
      redact: (text, pseudonyms) => redact(actions, text, pseudonyms),
      stream: (pseudonyms) => stream(actions, pseudonyms),
    };
  },
  pseudonyms: tinyPseudonyms,
  restorer: createRestorer,
});
