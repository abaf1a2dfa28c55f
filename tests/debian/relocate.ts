import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

/** Where Debian's Alertmanager looks for its own templates; it does not start without them. */
const INSTALLED = '/usr/share/prometheus/alertmanager';
/** The folder that it runs in, in as many bytes. */
const WORKING = '/proc/self/cwd'.padEnd(INSTALLED.length, '/.');

/**
 * Lets a copy that was unpacked, not installed, run: the one path that Debian wrote into it leads to its working folder. What
 * is there need not be Debian's templates, as long as the configuration uses none of them.
 */
export const relocateAlertmanager = (file: string): void => {
  const program = readFileSync(file);
  let place = program.indexOf(INSTALLED);
  if (place === -1) return;
  for (; place !== -1; place = program.indexOf(INSTALLED, place)) program.write(WORKING, place);
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, program, { mode: statSync(file).mode });
  renameSync(temporary, file);
};
