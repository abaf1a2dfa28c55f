import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNpm } from './npm.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-npm-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A Node installation as it lies on disk: bin/node, bin/npm -> lib/node_modules/npm/bin/npm-cli.js. */
const install = (name: string) => {
  const bin = join(root, name, 'bin');
  const scripts = join(root, name, 'lib', 'node_modules', 'npm', 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(scripts, { recursive: true });
  const script = join(scripts, 'npm-cli.js');
  writeFileSync(script, '');
  writeFileSync(join(bin, 'node'), '');
  symlinkSync(script, join(bin, 'npm'));
  return { bin, node: join(bin, 'node'), script };
};

describe('findNpm', () => {
  it('takes the npm beside the running Node before others on PATH', () => {
    const running = install('running');
    const other = install('other');
    expect(findNpm({ PATH: other.bin }, running.node)).toEqual({ node: running.node, script: running.script });
  });

  it('takes the npm that started us before any other', () => {
    const running = install('running');
    const starter = install('starter');
    const env = { PATH: running.bin, npm_execpath: starter.script, npm_node_execpath: starter.node };
    expect(findNpm(env, running.node)).toEqual({ node: starter.node, script: starter.script });
  });

  it('never runs npm with a Node that npm is about to delete', () => {
    const own = join(root, 'project', 'node_modules', '.bin');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'node'), '');
    const machine = install('machine');
    const env = { PATH: [own, machine.bin].join(delimiter) };
    expect(findNpm(env, join(own, 'node'))).toEqual({ node: machine.node, script: machine.script });
  });

  it('finds the script behind a shell wrapper of the same installation', () => {
    const running = install('running');
    rmSync(join(running.bin, 'npm'));
    writeFileSync(join(running.bin, 'npm'), '#!/bin/sh\n');
    expect(findNpm({}, running.node)).toEqual({ node: running.node, script: running.script });
  });

  it('finds none where there is none', () => expect(findNpm({ PATH: root }, join(root, 'node'))).toBeUndefined());
});
