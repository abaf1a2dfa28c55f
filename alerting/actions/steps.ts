/** Places between two of which a process can die; a test that kills it hears of them. */
export type Step =
  | 'webhook.read'
  | 'webhook.written'
  | 'webhook.committed'
  | 'webhook.answered'
  | 'task.marked'
  | 'task.performed'
  | 'task.written'
  | 'task.recorded'
  | 'decision.audited'
  | 'decision.marked'
  | 'notice.committed';

export type OnStep = (step: Step) => void;
