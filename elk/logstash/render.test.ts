import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { variable } from '../rendered-file.ts';
import { secretPatterns } from '../secrets.ts';
import { plugin, quote } from './conf.ts';
import { GROK_PATTERNS } from './patterns.ts';
import { renderLogstash } from './render.ts';

const render = (elk: object = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(renderLogstash(configSchema.parse({ elk })).map(({ file, text }) => [file, text]));
const logs = (elk: object = {}): string => render(elk)['logstash/clawdbot.conf'] ?? '';
const again = (elk: object = {}): string => render(elk)['logstash/again/clawdbot-again.conf'] ?? '';

describe('Logstash', () => {
  it('keeps what it was given on disk, and what is refused apart', () => {
    const [pipeline] = parse(render()['logstash/pipelines.yml'] ?? '');
    expect(pipeline).toMatchObject({
      'pipeline.id': 'clawdbot',
      'queue.type': 'persisted',
      'queue.max_bytes': '4294967296b',
      'dead_letter_queue.enable': true,
      'dead_letter_queue.max_bytes': '1073741824b',
    });
  });

  it('tries dead letters again from where they lie, beside the other and not in a circle', () => {
    const [first] = parse(render()['logstash/pipelines.yml'] ?? '');
    const [second] = parse(render()['logstash/again/pipelines.yml'] ?? '');
    expect(again()).toContain(`path => "${first['path.dead_letter_queue']}"`);
    expect(again()).toContain('pipeline_id => "clawdbot"');
    expect(again()).toContain('clean_consumed => true');
    expect(second['path.dead_letter_queue']).not.toBe(first['path.dead_letter_queue']);
    const [settings, own] = [render()['logstash/logstash.yml'], render()['logstash/again/logstash.yml']].map((text) =>
      parse(text ?? ''),
    );
    expect(own['path.data']).not.toBe(settings['path.data']);
    expect(own).toMatchObject({ 'api.enabled': false });
  });

  it('wants a certificate of whoever sends, and knows the store by its authority', () => {
    for (const line of [
      'ssl_client_authentication => "required"',
      `api_key => "${variable('CLAWDBOT_ELASTICSEARCH_KEY')}"`,
      'ssl_certificate_authorities => [',
    ])
      expect(logs()).toContain(line);
    // Taken out of the plugins; with one of them a pipeline does not start.
    expect(logs()).not.toMatch(/\b(?:ssl|cacert|ssl_verify_mode|cipher_suites|ssl_certificate_verification) =>/);
    const plain = logs({ elasticsearch: { url: 'http://127.0.0.1:9200' }, logstash: { tls: false } });
    expect(plain).not.toMatch(/ssl_|api_key/);
  });

  it('creates documents by the id of their line, in the stream that Filebeat named', () => {
    for (const text of [logs(), again()]) {
      expect(text).toContain('action => "create"');
      expect(text).toContain('document_id => "%{[@metadata][_id]}"');
      expect(text).toContain('index => "logs-%{[data_stream][dataset]}-%{[data_stream][namespace]}"');
      // Without an id all lines would be one document.
      expect(text).toContain('if ![@metadata][_id] {');
    }
  });

  it('masks every secret in every text, behind everything that takes texts out of others', () => {
    const at = logs().indexOf('id => "redact"');
    for (const { pattern, mask } of secretPatterns('text')) {
      expect(logs().split(`${quote(pattern)},\n      ${quote(mask)}`)).toHaveLength(8);
    }
    expect(logs().slice(at)).not.toMatch(/\b(?:grok|copy|rename|json|kv|dissect) (?:\{|=>)/);
  });

  it('takes no text apart as JSON: a record inside a line stays text', () => {
    expect(logs()).not.toMatch(/\b(?:json|kv|ruby|eval) \{|codec => "?json/);
  });

  it('names only patterns that the rendered file has', () => {
    const file = render()['logstash/patterns/clawdbot'] ?? '';
    const names = file.split('\n').map((line) => line.split(' ')[0]);
    for (const text of [logs(), again(), file]) {
      for (const [, name] of text.matchAll(/%\{([A-Z_]+)[:}]/g)) expect(names).toContain(name);
    }
    expect(names.filter((name) => name !== '')).toEqual(Object.keys(GROK_PATTERNS));
  });
});

describe('a text of a pipeline', () => {
  it('stands between the marks that it does not hold', () => {
    expect([quote('a'), quote('say "a"'), quote("it's")]).toEqual(['"a"', '\'say "a"\'', '"it\'s"']);
    expect(() => quote('"\'')).toThrow('both kinds');
    expect(plugin('x', { none: [] })).toBe('x {\n  none => []\n}');
  });
});
