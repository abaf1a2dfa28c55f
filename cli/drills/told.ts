import type { MailMessage } from '../../tests/mail/message.ts';
import type { Told } from './drill.ts';
import type { DecisionRow, Stack } from './stack/stack.ts';

/** Hears what is told and decided from now on. */
export const openEars = async (stack: Stack): Promise<{ hear(told: Told): Promise<boolean> }> => {
  const { mail, sms } = stack;
  const mails = mail.messages.length;
  const texts = { first: sms.first.messages.length, second: sms.second.messages.length };
  const decided = await stack.lastDecision();
  const textsOf = (provider: 'first' | 'second') =>
    sms[provider].messages.slice(texts[provider]).map(({ text }) => text);
  return {
    async hear(told) {
      if (told.by === 'mail') return mail.messages.slice(mails).some((message) => isMail(message, told));
      if (told.by === 'sms') {
        const providers = told.provider === undefined ? (['first', 'second'] as const) : [told.provider];
        return providers.flatMap(textsOf).some((text) => isText(text, told));
      }
      return (await stack.decisionsSince(decided)).some((decision) => isDecision(decision, told));
    },
  };
};

type Of<By extends Told['by']> = Extract<Told, { readonly by: By }>;

const isMail = ({ subject, text }: MailMessage, { alert, isOver = false }: Of<'mail'>): boolean =>
  subject.startsWith('[Resolved]') === isOver && text.includes(alert);

const isText = (text: string, { says, isOver = false }: Of<'sms'>): boolean =>
  text.includes('RESOLVED') === isOver && text.includes(says);

const isDecision = (
  { action, outcome, reason }: DecisionRow,
  { action: wanted, outcome: end, says = '' }: Of<'decision'>,
): boolean => action === wanted && outcome === end && reason.includes(says);
