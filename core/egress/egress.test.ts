import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buildConnector } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../errors/service-error.ts';
import { createNetworks } from './addresses.ts';
import type { Connect } from './connector.ts';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Options = Omit<EgressOptions, 'gate'> & { readonly allowAddresses?: readonly string[] };

/** Any host, so that the addresses are what decides. */
const open = ({ allowAddresses = [], ...options }: Options): Egress => {
  const gate = { refusal: () => undefined, hasAddress: createNetworks(allowAddresses).has, revision: () => 0 };
  const egress = createEgress({ gate, ...options });
  closers.push(() => egress.close());
  return egress;
};

const listen = async (handle: RequestListener): Promise<{ server: Server; port: number }> => {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  // Safe: a server that listens on TCP has this form of address.
  return { server, port: (server.address() as AddressInfo).port };
};

/** Stands for the network: remembers what it was asked to connect to, and connects to nothing. */
const deadNetwork = () => {
  const asked: buildConnector.Options[] = [];
  const connect: Connect = (target, callback) => {
    asked.push(target);
    callback(new Error('no network here'), null);
  };
  return { asked, connect };
};

/**
 * Self-signed for service.example and trusted by nobody else, good for a hundred years:
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=service.example
 * -addext subjectAltName=DNS:service.example
 */
const SERVICE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUdivyNeCYASxj/xBW9/QHgjmA/EswCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPc2VydmljZS5leGFtcGxlMCAXDTI2MTEyMzE0NTYzOFoYDzIx
MjYxMDMwMTQ1NjM4WjAaMRgwFgYDVQQDDA9zZXJ2aWNlLmV4YW1wbGUwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASVXDQ+0Y79UyqpikHuOXQ5GRW5miFJob/Tcty6
7hngMilYIxvkUIcu7MM1quXFcGIpE0GQA129hkagSE2W7rOuo28wbTAdBgNVHQ4E
FgQUmlEvIq53BS8+0iBpBiupJCc5KvswHwYDVR0jBBgwFoAUmlEvIq53BS8+0iBp
BiupJCc5KvswDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg9zZXJ2aWNlLmV4
YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIhAKxFTPDJMTvSvU0NftM7uqrtTp7FcU8t
DnWSQLgjw0YYAiA2igCQQ4OSbC6SHVLyVj/fHMjea2feySTafcfgjYJbjQ==
-----END CERTIFICATE-----
`;
const SERVICE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgecOktXyRiLn2D19d
bclT37XwSI+0xiNNiBe6l1acidihRANCAASVXDQ+0Y79UyqpikHuOXQ5GRW5miFJ
ob/Tcty67hngMilYIxvkUIcu7MM1quXFcGIpE0GQA129hkagSE2W7rOu
-----END PRIVATE KEY-----
`;

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ServiceError ? error.code : String(error);
};

describe('an egress', () => {
  it.each([
    ['a loopback literal', 'http://127.0.0.1/'],
    ['a decimal literal', 'http://2130706433/'],
    ['an octal literal', 'http://0177.0.0.1/'],
    ['a hexadecimal literal', 'http://0x7f.1/'],
    ['a short literal', 'http://127.1/'],
    ['full-width digits', 'http://１２７.0.0.1/'],
    ['an IPv6 literal', 'https://[::1]/'],
    ['a mapped literal', 'https://[::ffff:8.8.8.8]/'],
    ['the metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['a zone', 'http://[fe80::1%25eth0]/'],
    ['credentials', 'https://user:secret@example.com/'],
    ['another scheme', 'file:///etc/passwd'],
    ['no URL', 'example.com'],
  ])('never connects to %s', async (_, url) => {
    const network = deadNetwork();
    const egress = open({ connect: network.connect, resolve: () => Promise.reject(new Error('not to be asked')) });
    expect(await codeOf(egress.request(url))).toBe('ERR_EGRESS_REFUSED');
    expect(network.asked).toEqual([]);
  });

  it.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['localhost.', ['127.0.0.1']],
    ['internal.example', ['10.0.0.7']],
    ['metadata.example', ['169.254.169.254', 'fd00:ec2::254']],
    ['xn--internl-8ya.example', ['192.168.0.1']],
    ['nothing.example', []],
    ['odd.example', ['fe80::1%lo', 'not-an-address']],
  ])('never connects to %s when it resolves to %j', async (host, addresses) => {
    const network = deadNetwork();
    const egress = open({ connect: network.connect, resolve: async () => addresses });
    expect(await codeOf(egress.request(`https://${host}/`))).toBe('ERR_EGRESS_REFUSED');
    expect(network.asked).toEqual([]);
  });

  it('connects only to the public part of a mixed answer, under the name that was asked for', async () => {
    const network = deadNetwork();
    const egress = open({
      connect: network.connect,
      resolve: async () => ['10.0.0.1', '1.1.1.1', '::1', '2606:4700::1111'],
    });
    expect(await codeOf(egress.request('https://mixed.example/'))).toBe('Error: no network here');
    expect(network.asked.map((target) => target.hostname)).toEqual(['1.1.1.1', '2606:4700::1111']);
    expect(network.asked.map((target) => target.servername)).toEqual(['mixed.example', 'mixed.example']);
  });

  it('resolves once per connection, so a second answer has no effect', async () => {
    const network = deadNetwork();
    const answers = [['1.1.1.1'], ['127.0.0.1']];
    const egress = open({ connect: network.connect, resolve: async () => answers.shift() ?? [] });
    expect(await codeOf(egress.request('https://rebind.example/'))).toBe('Error: no network here');
    expect(await codeOf(egress.request('https://rebind.example/'))).toBe('ERR_EGRESS_REFUSED');
    expect(network.asked.map((target) => target.hostname)).toEqual(['1.1.1.1']);
  });

  it('does not name the address it refused', async () => {
    const egress = open({ connect: deadNetwork().connect, resolve: async () => ['10.11.12.13'] });
    await expect(egress.request('https://internal.example/')).rejects.not.toThrow(/10\.11\.12\.13/);
  });

  it('reaches an allowed address, falling back from one that does not answer', async () => {
    const { port } = await listen((_, response) => response.end('hello'));
    const real = buildConnector({});
    const asked: string[] = [];
    const connect: Connect = (target, callback) => {
      asked.push(target.hostname);
      if (target.hostname === '1.1.1.1') callback(new Error('no network here'), null);
      else real(target, callback);
    };
    const egress = open({ allowAddresses: ['127.0.0.1/32'], connect, resolve: async () => ['1.1.1.1', '127.0.0.1'] });
    const answer = await egress.request(`http://service.example:${port}/`);
    expect([answer.status, await answer.readText(100)]).toEqual([200, 'hello']);
    expect(asked).toEqual(['1.1.1.1', '127.0.0.1']);
  });

  it('fails when nobody listens', async () => {
    const { server, port } = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    const egress = open({ allowAddresses: ['127.0.0.0/8'] });
    await expect(egress.request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('checks the certificate against the name that was asked for, not the address', async () => {
    const server = createSecureServer({ cert: SERVICE_CERTIFICATE, key: SERVICE_KEY }, (_, response) =>
      response.end('hello'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    // Safe: a server that listens on TCP has this form of address.
    const { port } = server.address() as AddressInfo;
    const options = { allowAddresses: ['127.0.0.1/32'], connect: buildConnector({ ca: SERVICE_CERTIFICATE }) };
    const egress = open({ ...options, resolve: async () => ['127.0.0.1'] });
    const answer = await egress.request(`https://service.example:${port}/`);
    expect(await answer.readText(100)).toBe('hello');
    await expect(egress.request(`https://other.example:${port}/`)).rejects.toThrow(/altnames/);
    await expect(egress.request(`https://127.0.0.1:${port}/`)).rejects.toThrow(/altnames|IP/);
  });

  it('does not follow a redirect', async () => {
    const seen: string[] = [];
    const { port } = await listen((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const egress = open({ allowAddresses: ['127.0.0.0/8'] });
    const answer = await egress.request(`http://127.0.0.1:${port}/here`, { method: 'POST', body: '{}' });
    await answer.discard(1024);
    expect([answer.status, answer.headers.location]).toEqual([307, '/elsewhere']);
    expect(seen).toEqual(['/here']);
  });

  it('reads a body up to its limit and refuses a longer one', async () => {
    const { port } = await listen((_, response) => response.end('x'.repeat(1000)));
    const egress = open({ allowAddresses: ['127.0.0.0/8'] });
    const exact = await egress.request(`http://127.0.0.1:${port}/`);
    expect((await exact.readText(1000)).length).toBe(1000);
    const longer = await egress.request(`http://127.0.0.1:${port}/`);
    expect(await codeOf(longer.readText(999))).toBe('ERR_EGRESS_REFUSED');
  });

  it('hangs up on a body that does not end', async () => {
    const { server, port } = await listen((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(4096)));
      };
      response.on('drain', write);
      write();
    });
    const egress = open({ allowAddresses: ['127.0.0.0/8'] });
    const answer = await egress.request(`http://127.0.0.1:${port}/`);
    await answer.discard(16_384);
    await expect.poll(() => connectionsOf(server), { timeout: 60_000 }).toBe(0);
  });

  it('gives up when its signal aborts, before and after the headers', async () => {
    const { port } = await listen((request, response) => {
      if (request.url === '/headers') response.writeHead(200).write('x');
    });
    const egress = open({ allowAddresses: ['127.0.0.0/8'] });
    const early = new AbortController();
    const silent = egress.request(`http://127.0.0.1:${port}/silent`, { signal: early.signal });
    early.abort(new Error('enough'));
    expect(await codeOf(silent)).toBe('Error: enough');

    const late = new AbortController();
    const answer = await egress.request(`http://127.0.0.1:${port}/headers`, { signal: late.signal });
    const text = answer.readText(100);
    late.abort(new Error('enough'));
    expect(await codeOf(text)).toBe('Error: enough');
  });
});

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
