import { describe, expect, it } from 'vitest';
import { printTarget } from '../../../../core/egress/policy.ts';
import { pipTargets } from './pip-indexes.ts';

const hosts = (settings: string, env: NodeJS.ProcessEnv = {}) => pipTargets(settings, env).map(printTarget);

describe('the hosts that pip will ask', () => {
  it('are those of the public index when it is set up for nothing else', () => {
    expect(hosts('')).toEqual(['pypi.org:443', 'files.pythonhosted.org:443']);
    expect(hosts("global.timeout='180'\nglobal.no-index='false'")).toEqual([
      'pypi.org:443',
      'files.pythonhosted.org:443',
    ]);
  });

  it('are those of its files and of the environment, whatever section names them', () => {
    const settings = [
      "global.index-url='https://user:secret@index.example/simple'",
      "install.extra-index-url='https://a.example:8443/simple\\nhttp://b.example/simple'",
      ":env:.find-links='/opt/wheels'",
      "global.proxy='http://proxy.example:3128'",
    ].join('\n');
    expect(hosts(settings, { PIP_FIND_LINKS: 'https://wheels.example/ /opt/more' })).toEqual([
      'index.example:443',
      'a.example:8443',
      'b.example:80',
      'proxy.example:3128',
      'wheels.example:443',
    ]);
  });

  it('are none without an index', () => {
    expect(hosts("global.no-index='1'\nglobal.find-links='/opt/wheels'")).toEqual([]);
    expect(hosts('', { PIP_NO_INDEX: '1' })).toEqual([]);
  });
});
