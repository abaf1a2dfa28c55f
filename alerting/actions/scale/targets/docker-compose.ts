import { z } from 'zod';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import type { Room } from '../model.ts';
import type { ScaleTarget, TargetContext } from './target.ts';

const options = z.strictObject({
  /** Name of the service in the compose file. */
  service: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  /** Compose files, in their order; default: the one that docker finds. */
  files: z.array(z.string().min(1)).default([]),
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/)
    .optional(),
  command: z.string().min(1).default('docker'),
});

/** Only what happens shows whether the machine carries more containers. */
const ROOM: Room = { fits: true };

/** Containers of one service of a compose project. */
export const dockerComposeTarget = definePlugin<z.output<typeof options>, TargetContext, ScaleTarget>({
  manifest: {
    id: 'scaleTarget.docker-compose',
    kind: 'scaleTarget',
    summary: 'Scales a service of a docker compose project.',
  },
  config: (raw) => options.parse(raw),
  start: async ({ config: { service, files, project, command }, run }) => {
    const compose = [
      'compose',
      ...files.flatMap((file) => ['--file', file]),
      ...(project === undefined ? [] : ['--project-name', project]),
    ];
    return {
      async read(_model, signal) {
        const ids = await run(command, [...compose, 'ps', '--quiet', service], signal);
        return { replicas: ids.split('\n').filter((line) => line.trim() !== '').length, room: ROOM };
      },
      async change({ to }, signal) {
        const scale = ['up', '--detach', '--no-recreate', '--no-deps', '--scale', `${service}=${to}`, service];
        await run(command, [...compose, ...scale], signal);
        return { replicas: to };
      },
      stop: async () => undefined,
    };
  },
});
