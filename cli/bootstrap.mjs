#!/usr/bin/env node
// The first thing that runs on a bare machine, under whatever Node is there, before any package is installed: it and
// everything in `setup/*.mjs` import nothing but Node itself. Kept old-fashioned so that a Node too old gets to say so.
const OLDEST_MAJOR = 18;

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  console.error(`Node ${OLDEST_MAJOR} or newer is needed to start, found ${process.version}; install a newer one`);
  process.exitCode = 1;
} else {
  import('./setup/run.mjs').then(({ run }) => run(process.argv.slice(2)));
}
