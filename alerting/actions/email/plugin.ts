import type { EmailConfig } from '../../../core/config/schema.ts';
import { defineAction } from '../action.ts';
import { letterOf } from './letter.ts';
import { canSend, createSender } from './send.ts';

/** Letters from the service itself: what it did, what failed; and about alerts, where a row of the policy asks for it. */
export const emailAction = defineAction<EmailConfig>({
  manifest: { id: 'action.email', kind: 'action', summary: 'Sends e-mail directly, without Alertmanager.' },
  // Safe: the row of the registry hands in the section that the configuration checked.
  config: (raw) => raw as EmailConfig,
  async start({ config, out }) {
    const send = createSender({ config, out });
    return {
      concurrency: 2,
      tells: canSend(config) ? ['info', 'warning', 'critical'] : [],
      async perform(task, signal) {
        const letter = letterOf(task);
        if (task.dryRun) return { outcome: 'dry_run', reason: `would mail «${letter.subject}» to ${config.to.length}` };
        return send({ ...letter, key: task.id }, signal);
      },
      stop: async () => undefined,
    };
  },
});
