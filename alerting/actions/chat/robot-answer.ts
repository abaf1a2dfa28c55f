import { type Answer, type CodeRow, judgeCode, judgeStatus, readMapping, UNREADABLE } from '../notifier/ask.ts';
import type { Receipt } from '../notifier/notifier.ts';

/** Robots say everything with HTTP 200 and a number: 0 is yes. */
export const judgeRobot = (
  answer: Answer,
  field: 'errcode' | 'code',
  codes: Readonly<Record<string, CodeRow>>,
): Receipt => {
  if (answer.kind !== 'answered') return answer;
  const code = readMapping(answer.text)?.[field];
  if (typeof code !== 'number' && typeof code !== 'string') return judgeStatus(answer.status) ?? UNREADABLE;
  if (Number(code) !== 0) return judgeCode(String(code), codes[String(code)]);
  return judgeStatus(answer.status) ?? { kind: 'accepted' };
};
