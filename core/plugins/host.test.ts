import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createRegistry } from './host.ts';
import { definePlugin, type Manifest } from './plugin.ts';

const plugin = (id: string, kind: Manifest['kind'] = 'engine', summary = `does ${id}`) =>
  definePlugin({
    manifest: { id, kind, summary },
    config: (raw: unknown) => raw,
    start: async () => ({ stop: async () => undefined }),
  });

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

describe('the registry', () => {
  const scripted = plugin('engine.scripted');
  const registry = createRegistry([scripted, plugin('engine.openai'), plugin('cache.memory', 'cache')]);

  test('finds a plugin by its name and kind', async () => {
    expect(await registry.resolve('scripted', 'engine')).toBe(scripted);
    expect(registry.names('engine')).toEqual(['scripted', 'openai']);
  });

  test('names what there is, and the nearest, when it finds nothing', async () => {
    await expect(registry.resolve('scriptd', 'engine')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(/scripted, openai.*got "scriptd"; did you mean scripted\?$/),
    });
    await expect(registry.resolve('memory', 'engine')).rejects.toThrow('scripted, openai');
  });

  test('refuses two plugins with one id and names both', () => {
    expect(() =>
      createRegistry([plugin('engine.a', 'engine', 'first'), plugin('engine.a', 'engine', 'second')]),
    ).toThrow(/engine\.a.*"first".*"second"/);
  });

  test("imports a third party's module", async () => {
    const found = await registry.resolve(fixture('third-party'), 'engine');
    expect(found.manifest.id).toBe('engine.third-party');
  });

  test.each([
    ['a module without a plugin', fixture('no-plugin'), 'export "plugin"'],
    ['a plugin of another kind', fixture('other-kind'), 'kind engine, got one of kind cache'],
    ['a module that throws', fixture('throws'), 'broken on import'],
    ['a path that leads nowhere', './nowhere.ts', 'cannot be loaded'],
  ])('refuses %s', async (_case, name, message) => {
    await expect(registry.resolve(name, 'engine')).rejects.toThrow(message);
    await expect(registry.resolve(name, 'engine')).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});
