import type { Language, Note } from './notifier.ts';
import { cut } from './shorten.ts';

interface Words {
  readonly test: string;
  readonly update: string;
  readonly end: string;
  readonly severities: Readonly<Record<string, string>>;
  /** Added to the last message that a recipient gets for some time. */
  readonly lastForNow: string;
  /** Between the head and what follows. */
  readonly colon: string;
  /** Ends a sentence that has no end of its own. */
  readonly stop: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    test: 'TEST',
    update: 'UPDATE',
    end: 'RESOLVED',
    lastForNow: 'No more messages within this hour.',
    severities: { critical: 'CRITICAL', error: 'ERROR', warning: 'WARNING', info: 'INFO' },
    colon: ': ',
    stop: '. ',
  },
  zh: {
    test: '测试',
    update: '更新',
    end: '已恢复',
    lastForNow: '一小时内不再发送更多消息。',
    severities: { critical: '严重', error: '错误', warning: '警告', info: '提示' },
    colon: '：',
    stop: '。',
  },
};

/** What it is about in one or two words: a test, its end, or how bad it is. */
export const headOf = ({ isTest, phase, severity, language }: Note): string => {
  const words = WORDS[language];
  const level = words.severities[severity] ?? severity;
  const state = phase === 'end' ? words.end : phase === 'update' ? `${words.update} ${level}` : level;
  return isTest ? `${words.test} ${state}` : state;
};

/** The note with the warning that silence does not mean all is well. */
export const asLastForNow = (note: Note): Note => ({
  ...note,
  text: `${WORDS[note.language].lastForNow} ${note.text}`,
});

/** The severity in words, also at the end of an incident. */
export const severityOf = ({ severity, language }: Note): string => WORDS[language].severities[severity] ?? severity;

/** The parts of a message from the most to the least important. */
export interface Parts {
  /** Who speaks and how bad it is, with the title: kept to the last. */
  readonly lead: string;
  readonly text: string;
  readonly url: string;
}

/** The words of a note; white space is one blank, because every line break counts. */
export const partsOf = (note: Note): Parts => {
  const { colon } = WORDS[note.language];
  return {
    lead: `[Clawdbot] ${headOf(note)}${colon}${oneLine(note.title)}`,
    text: oneLine(note.text),
    url: note.url ?? '',
  };
};

const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim();

/**
 * One text that fits: all of it, else the description is cut, then left out, then the link, and only then the title.
 * Half a link leads nowhere, so a link is there whole or not at all.
 */
export const composeText = (note: Note, fits: (text: string) => boolean): string => {
  const { lead, text, url } = partsOf(note);
  const { stop } = WORDS[note.language];
  const sentence = /[.!?。！？]$/u.test(lead) ? `${lead} ` : `${lead}${stop}`;
  const link = url === '' ? '' : ` ${url}`;
  const whole = text === '' ? `${lead}${link}` : `${sentence}${text}${link}`;
  if (fits(whole)) return whole;
  const room = (rest: string) => fits(`${sentence}${rest}${link}`);
  const shortened = text === '' ? '' : cut(text, room);
  if (shortened !== '') return `${sentence}${shortened}${link}`;
  if (fits(`${lead}${link}`)) return `${lead}${link}`;
  return fits(lead) ? lead : cut(lead, fits);
};
