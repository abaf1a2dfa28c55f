import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../core/config/load.ts';

interface Service {
  readonly profiles: readonly string[];
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly restart: string;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly mem_limit: string;
  readonly pids_limit: number;
  readonly network_mode?: string;
  readonly privileged?: boolean;
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly volumes: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly healthcheck?: { readonly disable?: boolean };
  readonly logging: { readonly options: Readonly<Record<string, string>> };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const FILE = `${ROOT}docker-compose.yml`;
/** With everything that the environment may say left at its default. */
const text = readFileSync(FILE, 'utf8').replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
const stack: {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
} = parse(text, { merge: true });
const services = Object.entries(stack.services);
const config = loadConfig({ env: {}, file: `${ROOT}deploy/compose/clawdbot.yaml` }).config;

const MIB: Readonly<Record<string, number>> = { m: 1, g: 1024 };
/** What a service may take when nothing is set in the environment, in MiB. */
const limitOf = ({ mem_limit: limit }: Service): number => {
  const [, count = '', unit = ''] = /^(\d+)([mg])$/.exec(limit) ?? [];
  return Number(count) * (MIB[unit] ?? Number.NaN);
};

describe.each(services)('%s', (_name, service) => {
  it('has no rights that it does not need, and limits', () => {
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.privileged).toBeUndefined();
    expect(limitOf(service)).toBeGreaterThan(0);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.logging.options).toMatchObject({ 'max-size': expect.any(String), 'max-file': expect.any(String) });
    expect(service.restart).toMatch(/^(unless-stopped|on-failure:\d+)$/);
  });

  it('is of a version that does not move', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
  });

  it('mounts only what there is', () => {
    for (const volume of service.volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect(existsSync(`${ROOT}${source.slice(2)}`), volume).toBe(true);
      else expect(stack.volumes, volume).toHaveProperty(source);
      // Of the checkout nothing is written.
      if (source.startsWith('./')) expect(volume).toMatch(/:ro$/);
    }
    for (const secret of service.secrets ?? []) expect(stack.secrets).toHaveProperty(secret);
  });

  it('waits for health, not for time, and only for what is there', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(stack.services).toHaveProperty(name);
      expect(['service_healthy', 'service_completed_successfully']).toContain(condition);
    }
  });

  it('is told no secret by its environment', () => {
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|TOKEN|SECRET|KEY/.test(name)) expect(value, name).toMatch(/^\/run\/secrets\//);
    }
  });
});

it('starts the core and what watches it when nobody says more', () =>
  expect(readFileSync(`${ROOT}.env`, 'utf8')).toContain('COMPOSE_PROFILES=core,monitoring\n'));

it('starts everything that shares a loopback under one of its profiles', () => {
  for (const [name, { profiles }] of services) {
    expect(
      profiles.every((profile) => ['core', 'monitoring', 'gpu', 'all'].includes(profile)),
      name,
    ).toBe(true);
  }
  expect(services.flatMap(([name, { profiles }]) => (profiles.includes('all') ? [] : [name]))).toEqual(['gateway-gpu']);
});

it('keeps the core and what watches it within 1.5 GiB beside the model', () => {
  // Of the gateway this much is the program; the rest of its limit is for models.
  const program = 512;
  const plain = services.filter(
    ([name, { profiles }]) => name !== 'prepare' && profiles.some((one) => one === 'core' || one === 'monitoring'),
  );
  const sum = plain.reduce((total, [name, service]) => total + (name === 'gateway' ? program : limitOf(service)), 0);
  console.log(`limits of plain \`up\` beside the model: ${sum} MiB (at most 1536)`);
  expect(sum).toBeLessThanOrEqual(1536);
});

it('gives the gateway the addresses of clients', () => {
  for (const name of ['gateway', 'gateway-gpu']) expect(stack.services[name]?.network_mode).toBe('host');
  expect(services.flatMap(([, { ports = [] }]) => ports)).toEqual([]);
});

it('names the same ports everywhere', () => {
  expect(config.server.port).toBe(8443);
  expect(config.actions.gateway.url).toBe(`https://127.0.0.1:${config.server.port}`);
  expect(stack.services.prometheus?.command).toContain(
    `--web.listen-address=${new URL(config.actions.prometheusUrl ?? '').host}`,
  );
  expect(stack.services.alertmanager?.command).toContain('--web.listen-address=127.0.0.1:9093');
});

it('opens to nobody else what has no password', () => {
  const flags = services
    .flatMap(([, { command = [] }]) => command)
    .filter((word) => word.startsWith('--web.listen-address'));
  expect(flags).toHaveLength(2);
  for (const flag of flags) expect(flag).toMatch(/=127\.0\.0\.1:\d+$/);
  expect(config.collectors.host).toBe('127.0.0.1');
  expect(config.actions.host).toBe('127.0.0.1');
  expect(stack.services.grafana?.environment?.GF_SERVER_HTTP_ADDR).toBe('127.0.0.1');
});

it('leaves secrets to files that are not in the repository', () => {
  for (const { file } of Object.values(stack.secrets)) expect(file).toMatch(/^\.\/secrets\//);
  expect(readFileSync(`${ROOT}.gitignore`, 'utf8').split('\n')).toContain('secrets/');
});
