import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../../debian/programs.ts';
import type { Docker } from './docker.ts';

/**
 * Images in place of `prom/prometheus` and `prom/alertmanager`, which no registry gives out here: Debian's programs under the
 * names that the stack calls. False where those programs are missing.
 */
export const buildMonitoring = async (docker: Docker, base: string, folder: string): Promise<boolean> => {
  const files = {
    prometheus: debianProgram('prometheus'),
    promtool: debianProgram('promtool'),
    alertmanager: debianProgram('alertmanager'),
    amtool: debianProgram('amtool'),
  };
  for (const [image, programs] of [
    ['prometheus', ['prometheus', 'promtool']],
    ['alertmanager', ['alertmanager', 'amtool']],
  ] as const) {
    const context = join(folder, image);
    mkdirSync(context);
    for (const program of programs) {
      const file = files[program];
      if (file === undefined) return false;
      copyFileSync(file, join(context, program));
    }
    // Debian's Alertmanager looks for templates of its own where it runs; none of them is used.
    const lines = [`FROM ${base}`, `COPY ${programs.join(' ')} /bin/`, 'WORKDIR /templates'];
    if (image === 'alertmanager') lines.push('RUN touch default.tmpl email.tmpl');
    writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    await docker.run('build', '--network', 'none', '--tag', `clawdbot-test/${image}:1`, context);
  }
  return true;
};
