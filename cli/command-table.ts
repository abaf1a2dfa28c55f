import type { Command } from 'commander';

/** One loader per command, so that `--help` of one does not pay for the imports of all. */
export const COMMANDS = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  service: async () => (await import('./commands/service.ts')).serviceCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/backup.ts')).restoreCommand(),
  chat: async () => (await import('./commands/chat.ts')).chatCommand(),
  models: async () => (await import('./commands/models.ts')).modelsCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  usage: async () => (await import('./commands/usage.ts')).usageCommand(),
  redact: async () => (await import('./commands/redact.ts')).redactCommand(),
  token: async () => (await import('./commands/token.ts')).tokenCommand(),
  key: async () => (await import('./commands/key.ts')).keyCommand(),
  actions: async () => (await import('./commands/actions.ts')).actionsCommand(),
  egress: async () => (await import('./commands/egress.ts')).egressCommand(),
  breaker: async () => (await import('./commands/breaker.ts')).breakerCommand(),
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand(),
  drill: async () => (await import('./commands/drill.ts')).drillCommand(),
  watch: async () => (await import('./commands/watch.ts')).watchCommand(),
  profile: async () => (await import('./commands/profile.ts')).profileCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  data: async () => (await import('./commands/data.ts')).dataCommand(),
  elk: async () => (await import('./commands/elk.ts')).elkCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
} as const satisfies Record<string, () => Promise<Command>>;
