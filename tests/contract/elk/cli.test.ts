import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeElasticsearch, startFakeElasticsearch } from '../../fake-elasticsearch.ts';
import { type FakeKibana, startFakeKibana } from '../../fake-kibana.ts';
import { runCli } from '../alerting/run-cli.ts';

const ROOT = join(import.meta.dirname, '../../..');

let store: FakeElasticsearch;
let kibana: FakeKibana;
let folder: string;

beforeEach(async () => {
  store = await startFakeElasticsearch();
  kibana = await startFakeKibana();
  folder = mkdtempSync(join(tmpdir(), 'elk-cli-'));
  writeFileSync(join(folder, 'password'), 'correct\n');
  const login = { username: 'elastic', passwordFile: join(folder, 'password') };
  const elk = { elasticsearch: { url: store.url, ...login }, kibana: { url: kibana.url, ...login } };
  writeFileSync(join(folder, 'clawdbot.yaml'), JSON.stringify({ elk }));
});
afterEach(async () => {
  expect([...store.unknown, ...kibana.unknown]).toEqual([]);
  await store.stop();
  await kibana.stop();
  rmSync(folder, { recursive: true });
});

const elk = (...words: string[]) =>
  runCli(ROOT, ['elk', ...words, '--config', join(folder, 'clawdbot.yaml'), '--data', folder]);

describe('clawdbot elk', () => {
  it('applies to both servers, then has nothing to do, and checks what flows', async () => {
    const first = await elk('apply', '--json');
    expect(first).toMatchObject({ status: 0 });
    const { changes, kibana: board } = JSON.parse(first.stdout);
    expect(changes.length).toBeGreaterThan(20);
    expect(board.changes.length).toBeGreaterThan(15);
    const second = await elk('apply');
    expect(second).toMatchObject({ status: 0 });
    expect(second.stdout).toMatch(/nothing to change\n$/);
    const check = await elk('check');
    expect(check).toMatchObject({ status: 1 });
    expect(check.stdout).toContain('logs-clawdbot.access-default: NOT FLOWING: no document of the last day');
    expect(check.stdout).toContain('as configured');
  });

  it('changes nothing on the store while Kibana is not there', async () => {
    await kibana.stop();
    const { status, stderr } = await elk('apply');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Kibana at .*: expected an answer, got: .*\(ERR_ELK_UNREACHABLE\)/);
    expect(store.changes).toEqual([]);
  });

  it('writes every file and every request', async () => {
    const out = join(folder, 'out');
    expect(await elk('render', '--out', out)).toMatchObject({ status: 0 });
    const files = readdirSync(out, { recursive: true }).map(String);
    expect(files).toEqual(
      expect.arrayContaining([
        'elasticsearch/policy/clawdbot-audit.json',
        'kibana/searches.ndjson',
        'filebeat/direct.yml',
      ]),
    );
    expect(JSON.parse(readFileSync(join(out, 'elasticsearch/policy/clawdbot-audit.json'), 'utf8'))).toMatchObject({
      PUT: '/_ilm/policy/clawdbot-audit',
    });
  });

  it('says what it needs where nothing is configured', async () => {
    writeFileSync(join(folder, 'clawdbot.yaml'), '{}');
    const { status, stderr } = await elk('apply');
    expect(status).toBe(78);
    expect(stderr).toContain('elk.elasticsearch.url: expected an http or https URL, got nothing');
  });
});
