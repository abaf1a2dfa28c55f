import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { buildConnector } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../core/config/paths.ts';
import { configSchema } from '../../../core/config/schema.ts';
import type { Connect, Resolve } from '../../../core/egress/connector.ts';
import { callbackRows, egressRows } from '../../../core/egress/implied.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import { createWayOut, type WayOut } from '../../../core/egress/way-out.ts';
import { createUpstreamClient } from '../../../services/engine/openai/client.ts';
import { parseOpenaiOptions } from '../../../services/engine/openai/options.ts';
import { createAuth } from '../../../services/inference/auth/auth.ts';
import { resolveModel } from '../../../services/inference/models/resolve.ts';

// No packet leaves this test: names are resolved and connections "made" by the functions below.

/** What names resolve to in an attack, by what it is. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1'],
  'loopback, last address': ['127.255.255.254'],
  'IPv6 loopback': ['::1'],
  unspecified: ['0.0.0.0', '::'],
  private: ['10.0.0.1', '172.16.0.1', '192.168.1.1'],
  'unique local IPv6': ['fd00::1', 'fc00::1'],
  'link-local': ['fe80::1', '169.254.0.1'],
  'the metadata service': ['169.254.169.254'],
  'the metadata service over IPv6': ['fd00:ec2::254'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.254'],
  multicast: ['224.0.0.1', 'ff02::1'],
  benchmark: ['198.18.0.1', '2001:2::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8'],
  'IPv4-compatible': ['::127.0.0.1'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1'],
  '6to4': ['2002:7f00:1::1', '2002:a9fe:a9fe::1'],
  Teredo: ['2001:0:53aa:64c::1'],
  'a zone': ['fe80::1%eth0'],
  'no address at all': ['not-an-address', ''],
  nothing: [],
};

/** The network as an attacker arranged it: remembers every connection that was asked for, and makes none. */
const hostileNetwork = (resolve: Resolve) => {
  const asked: buildConnector.Options[] = [];
  const connect: Connect = (target, callback) => {
    asked.push(target);
    callback(new Error('no network here'), null);
  };
  return { asked, network: { resolve, connect } };
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-ssrf-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = configSchema.parse({
  auth: { jwt: { jwks: 'https://service.example/keys' } },
  egress: { allow: [{ host: 'service.example', purpose: 'upstream', dataClass: 'prompt' }] },
  jobs: { callbacks: { allow: ['service.example'] } },
  models: [{ id: 'tiny', sources: [{ https: 'https://service.example/tiny.gguf' }] }],
});

/** Everything of ours that goes out to a name from outside, as it does in the running service. */
const ERRANDS: Readonly<Record<string, (out: WayOut) => Promise<unknown>>> = {
  async jwks(wayOut) {
    const paths = dataPaths(folder);
    const log = { info: () => {}, warn: () => {} };
    const auth = await createAuth({ config: config.auth, server: config.server, paths, wayOut, log });
    auth.stop();
  },
  async 'model-download'(out) {
    const [model] = config.models;
    if (model === undefined) throw new TypeError('one model was given');
    const { signal } = new AbortController();
    const request = { model, dir: folder, env: {}, downloads: config.downloads, onProgress: () => {}, signal };
    await resolveModel({ ...request, way: { out, implied: true } }).catch(() => {});
  },
  async upstream(out) {
    const options = parseOpenaiOptions({ baseUrl: 'https://service.example/v1', timeoutMs: 1000 });
    const client = createUpstreamClient(options, out);
    await client.post({ path: '/chat/completions', body: {} }, new AbortController().signal).catch(() => {});
    await client.stop();
  },
  async callback(out) {
    const egress = out.open({ purpose: 'callback', dataClass: 'prompt' });
    await egress.request('https://service.example/hook', { method: 'POST', body: '{}' }).catch(() => {});
    await egress.close();
  },
};

const openWay = (network: { resolve: Resolve; connect: Connect }, notes: EgressNote[] = []): WayOut =>
  createWayOut({ rows: egressRows(config, {}), note: (note) => void notes.push(note), ...network });

describe.each(Object.entries(ERRANDS))('%s', (purpose, errand) => {
  it.each(Object.entries(ANSWERS))('never connects when its host resolves to %s', async (_, addresses) => {
    const { asked, network } = hostileNetwork(async () => addresses);
    const notes: EgressNote[] = [];
    await errand(openWay(network, notes));
    expect(asked).toEqual([]);
    expect(new Set(notes.map((note) => `${note.purpose} ${note.outcome}`))).toEqual(new Set([`${purpose} refused`]));
  });

  it('connects to the good part of a mixed answer only, under the name that was asked for', async () => {
    const { asked, network } = hostileNetwork(async () => ['127.0.0.1', '1.1.1.1', '169.254.169.254', 'fd00::1']);
    await errand(openWay(network));
    expect(new Set(asked.map(({ hostname, servername }) => `${hostname} ${servername}`))).toEqual(
      new Set(['1.1.1.1 service.example']),
    );
  });

  it('connects to the address that was checked when the next answer is another', async () => {
    const answers = ['1.1.1.1'];
    const { asked, network } = hostileNetwork(async () => [answers.pop() ?? '127.0.0.1']);
    await errand(openWay(network));
    expect(new Set(asked.map(({ hostname }) => hostname))).toEqual(new Set(['1.1.1.1']));
  });

  it('does not even resolve a host that no row names', async () => {
    const resolved: string[] = [];
    const { asked, network } = hostileNetwork(async (name) => {
      resolved.push(name);
      return ['1.1.1.1'];
    });
    await errand(createWayOut({ rows: [], ...network }));
    expect([asked, resolved]).toEqual([[], []]);
  });
});

describe('a literal host', () => {
  const rows = [
    ...callbackRows(config.jobs.callbacks),
    { host: '*.example', purpose: 'callback', dataClass: 'prompt' } as const,
  ];

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://0/',
    'http://[::]/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'https://user:secret@service.example/',
    'https://service.example@127.0.0.1/',
    'https://127.0.0.1#@service.example/',
    'https://127.0.0.1\\@service.example/',
    'https://service.example.evil.test/',
    'https://service.example:22/',
    'https://xn--service-example-abc.test/',
    'ftp://service.example/',
    'gopher://service.example/',
    'file:///etc/passwd',
    'data:text/plain,hello',
    '//service.example/',
    'service.example',
  ])('%s is never connected to', async (url) => {
    const { asked, network } = hostileNetwork(async () => ['127.0.0.1']);
    const egress = createWayOut({ rows, ...network }).open({ purpose: 'callback', dataClass: 'prompt' });
    await expect(egress.request(url)).rejects.toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
    expect(asked).toEqual([]);
    await egress.close();
  });
});
