import { readFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';

/**
 * `HEALTHCHECK` of the images: asks the process of this container, at the address that it announced in its data folder.
 * Started every few seconds, so it imports nothing but Node; and there is no shell or curl that could do it.
 */

const PATHS = { gateway: '/api/v1/health/ready', collectors: '/metrics', actions: '/health' };
const TIMEOUT_MS = 4000;
const UNHEALTHY = 1;

/** @param {string} data @param {string} name @returns {URL} */
const addressOf = (data, name) => {
  const { url } = JSON.parse(readFileSync(join(data, 'run', `${name}.json`), 'utf8'));
  const address = new URL(url);
  // An address to listen on, not one to call.
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1';
  if (address.hostname === '[::]') address.hostname = '[::1]';
  return address;
};

/**
 * Whoever brings a certificate of his own has it for other names than this loopback, and it proves nothing here.
 * @param {string} data
 */
const trust = (data) => {
  try {
    return { ca: readFileSync(join(data, 'tls', 'ca.crt')), checkServerIdentity: () => undefined };
  } catch {
    return { rejectUnauthorized: false };
  }
};

/** The status of an answer; an answer that asks for a credential is one, too. @param {URL} url @param {string} data */
const statusAt = (url, data) =>
  new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, agent: false };
    const asked =
      url.protocol === 'https:' ? requestTls(url, { ...options, ...trust(data) }) : requestPlain(url, options);
    asked.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    asked.once('error', reject);
    asked.end();
  });

/** @param {string | undefined} name @param {string} data */
const main = async (name, data) => {
  if (name !== 'gateway' && name !== 'collectors' && name !== 'actions') {
    throw new Error(`expected one of ${Object.keys(PATHS)}, got ${name}`);
  }
  const status = await statusAt(new URL(PATHS[name], addressOf(data, name)), data);
  console.log(`${name}: ${status}`);
  if (status >= 500) process.exitCode = UNHEALTHY;
};

try {
  await main(process.argv[2], process.env.CLAWDBOT_DATA ?? '/data');
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = UNHEALTHY;
}
