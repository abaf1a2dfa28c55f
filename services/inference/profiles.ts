import { join } from 'node:path';
import { recordCpuProfile } from '../../core/telemetry/cpu-profile.ts';
import type { ProfileDeps } from './http/routes/admin-profile.ts';
import type { Route } from './route/route.ts';

/** Profiles of the processes of a service, into one folder. */
export const createProfiles =
  (route: Pick<Route<unknown>, 'profile'>, dir: string): ProfileDeps['profile'] =>
  async ({ model, replica }, seconds) => {
    const time = new Date().toISOString().replace(/[-:.]/g, '');
    const who = model === undefined ? 'gateway' : `engine-${model.replace(/[^a-zA-Z0-9._-]/g, '_')}-${replica}`;
    const how = { seconds, file: join(dir, `${who}-${time}.cpuprofile`) };
    if (model === undefined) await recordCpuProfile(how);
    else await route.profile(model, replica, how);
    return how.file;
  };
