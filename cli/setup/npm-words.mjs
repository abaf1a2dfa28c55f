const WHATEVER_THE_USER_SET = ['--no-global', '--no-dry-run', '--package-lock', '--no-package-lock-only'];
const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--no-progress', '--loglevel=warn'];
/** Three retries within some fifteen seconds: npm's own two take more than a minute to say that there is no network. */
const PATIENCE = ['--fetch-retries=3', '--fetch-retry-factor=3', '--fetch-retry-mintimeout=1000'];
const EVERYTHING = ['--include=dev', '--include=optional', '--include=peer', '--no-legacy-peer-deps'];

/** The arguments that install exactly the lock: nobody's NODE_ENV or npmrc may leave something out of it. */
export const NPM_CI_ARGUMENTS = Object.freeze([
  'ci',
  '--ignore-scripts',
  '--prefer-offline',
  ...EVERYTHING,
  ...PATIENCE,
  ...WHATEVER_THE_USER_SET,
  ...QUIET,
]);

/** What npm's own codes mean to somebody who only wanted to start this program. First match wins. */
const EXPLANATIONS = Object.freeze([
  { sign: /\bENOSPC\b/, text: 'the disk is full: about 1.5 GB are needed; free some and run this again' },
  { sign: /\b(EACCES|EPERM|EROFS)\b/, text: 'a file may not be written: check who owns this folder and the npm cache' },
  {
    sign: /\b(ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|EIDLETIMEOUT)\b/,
    text: 'the npm registry cannot be reached: check the network, or set a proxy or mirror (npm config set registry URL), and run this again',
  },
  {
    sign: /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/,
    text: 'the certificate of the npm registry is not trusted: behind a proxy that opens TLS, set NODE_EXTRA_CA_CERTS',
  },
  { sign: /\b(E401|E403)\b/, text: 'the npm registry refused access: run npm login, or choose another registry' },
  { sign: /\b(E404|ETARGET)\b/, text: 'the npm registry lacks a package of the lock: choose another registry' },
  { sign: /\bE5\d\d\b/, text: 'the npm registry fails at the moment: run this again later' },
  { sign: /\bEINTEGRITY\b/, text: 'a package is not what the lock promises: run npm cache verify, then this again' },
  { sign: /\bEUSAGE\b/, text: 'package-lock.json and package.json disagree: run npm run lock, or undo the edit' },
]);

/** One sentence for a failed `npm ci`, from what it printed. @param {string} output */
export const explainNpmFailure = (output) =>
  EXPLANATIONS.find(({ sign }) => sign.test(output))?.text ?? 'npm failed; its own words are above';

/**
 * Whether npm met files that it could not write: on a full disk it only warns, and ends as if all were well.
 * @param {string} output
 */
export const hasBrokenFiles = (output) => output.includes('TAR_ENTRY_ERROR');

const MOST_LINES = 15;

/**
 * The lines of npm's output that say what went wrong, each once: not the page of EBADENGINE that an older Node draws from
 * packages that only this project's own Node will run.
 * @param {string} output
 */
export const essenceOf = (output) => {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!)|TAR_ENTRY_ERROR/.test(line));
  const kept = [...new Set(lines)].slice(0, MOST_LINES);
  return kept.length > 0 ? kept.join('\n') : output.trim();
};
