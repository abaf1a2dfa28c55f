import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../free-port.ts';
import { notAsRoot } from './as-nobody.ts';
import { ELASTICSEARCH_68, VERSION_68 } from './elasticsearch68.ts';
import { ELASTICSEARCH_95 } from './elasticsearch95.ts';
import { startFront } from './front.ts';
import { type Got, getProgram, type Recipe } from './got.ts';
import { OPENSEARCH } from './opensearch.ts';
import { type Server, startServer } from './server.ts';

export interface StoreOptions {
  /** A folder that an earlier one left with `keepData`. */
  readonly data?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** What every store gets: enough for a hundred thousand lines, and three stores beside each other on a small machine. */
const HEAP = ['-Xms512m', '-Xmx1g', '-XX:+UseSerialGC'];

/** Not only that it answers: that what it has kept can be asked for. */
const READY = '/_cluster/health?wait_for_status=yellow&timeout=1s';

type Place = Required<StoreOptions> & { readonly url: string; readonly temporary: string };

const placeOf = async (name: string, options: StoreOptions): Promise<Place> => {
  const data = options.data ?? mkdtempSync(join(tmpdir(), `clawdbot-${name}-`));
  const port = options.port ?? (await freePort());
  const temporary = join(data, 'tmp');
  mkdirSync(temporary, { recursive: true });
  return { data, port, url: `http://127.0.0.1:${port}`, temporary };
};

const got = async (recipe: Recipe): Promise<Exclude<Got, { state: 'missing' }>> => {
  const program = await getProgram(recipe);
  if (program.state === 'missing') throw new Error(`${recipe.name} ${recipe.version}: ${program.why}`);
  return program;
};

/** A real Elasticsearch 9.5.3, as far as it is published; see `elasticsearch95.ts` for what it lacks. */
export const startElasticsearch95 = async (options: StoreOptions = {}): Promise<Server> => {
  const { folder, java } = await got(ELASTICSEARCH_95);
  const { data, port, url, temporary } = await placeOf('elasticsearch95', options);
  const node = join(folder, 'node');
  const settings = [
    `-Djava.io.tmpdir=${temporary}`,
    ...['-Des.nativelibs.path=', '-Des.path.home='].map((name, at) => `${name}${[join(folder, 'native'), node][at]}`),
    '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false',
    ...['-Des.distribution.type=tar', '-Dlog4j2.disable.jmx=true'],
    '--enable-native-access=ALL-UNNAMED,org.elasticsearch.nativeaccess,org.elasticsearch.foreign,org.apache.lucene.core',
  ];
  const modules = [
    '-p',
    join(folder, 'server'),
    '--add-modules=jdk.net,ALL-MODULE-PATH',
    '-cp',
    join(folder, 'classes'),
  ];
  return startServer({
    ...{
      name: 'Elasticsearch 9.5',
      url,
      data,
      ready: READY,
      command: join(java.home, 'bin', 'java'),
      env: process.env,
    },
    args: [...HEAP, ...settings, ...modules, 'Es', String(port), node, data],
  });
};

/** A server that a client of Elastic takes for one of theirs; `direct` is where it really listens. */
export type FrontedServer = Server & { readonly direct: string };

/**
 * A real OpenSearch 3.8.0 behind a front that answers what Elastic's clients insist on: a product header, a version
 * (`claims`, 9.5.3 by default), a licence.
 */
export const startOpenSearch = async (options: StoreOptions & { claims?: string } = {}): Promise<FrontedServer> => {
  const { folder, java } = await got(OPENSEARCH);
  const { data, temporary } = await placeOf('opensearch', options);
  const port = await freePort();
  const settings = [
    `-Djava.io.tmpdir=${temporary}`,
    ...['--enable-native-access=ALL-UNNAMED', `-Dlog4j2.configurationFile=${join(folder, 'log4j2.xml')}`],
  ];
  const classes = `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`;
  const server = await startServer({
    ...{ name: 'OpenSearch', url: `http://127.0.0.1:${port}`, data, ready: READY, env: process.env },
    command: join(java.home, 'bin', 'java'),
    args: [...HEAP, ...settings, '-cp', classes, 'Store', String(port), data],
  });
  const front = await startFront(server.url, {
    claims: options.claims ?? '9.5.3',
    port: options.port ?? (await freePort()),
  });
  return {
    ...{ ...server, url: front.url, direct: server.url },
    async stop(how) {
      await front.stop();
      await server.stop(how);
    },
  };
};

/** As little of a configuration as it starts with; what it logs comes to `log()`. */
const LOG4J2_68 = `appender.c.type = Console
appender.c.name = c
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d][%p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.c.ref = c
`;

/** A real, complete Elasticsearch 6.8.23; `settings` are what `-E` takes, such as `indices.lifecycle.poll_interval=1s`. */
export const startElasticsearch68 = async (
  options: StoreOptions & { settings?: readonly string[] } = {},
): Promise<Server> => {
  const { folder, java } = await got(ELASTICSEARCH_68);
  const { data, port, url, temporary } = await placeOf('elasticsearch68', options);
  const home = join(folder, `elasticsearch-${VERSION_68}`);
  const config = join(data, 'config');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'elasticsearch.yml'), '');
  writeFileSync(join(config, 'log4j2.properties'), LOG4J2_68);
  const system = {
    ...{ 'es.path.home': home, 'es.path.conf': config, 'java.io.tmpdir': temporary, 'jna.nosys': true },
    ...{ 'es.distribution.flavor': 'default', 'es.distribution.type': 'zip', 'java.awt.headless': true },
    ...{ 'io.netty.noUnsafe': true, 'io.netty.noKeySetOptimization': true, 'log4j2.disable.jmx': true },
    ...{ 'log4j2.formatMsgNoLookups': true, 'java.locale.providers': 'COMPAT', 'file.encoding': 'UTF-8' },
  };
  const settings = [
    ...['cluster.name=es68', 'node.name=es68', 'discovery.type=single-node', 'network.host=127.0.0.1'],
    ...[
      `http.port=${port}`,
      'transport.tcp.port=0',
      `path.data=${join(data, 'data')}`,
      `path.logs=${join(data, 'logs')}`,
    ],
    ...['xpack.ml.enabled=false', 'xpack.monitoring.enabled=false', 'xpack.watcher.enabled=false'],
    'cluster.routing.allocation.disk.threshold_enabled=false',
    ...(options.settings ?? []),
  ];
  const args = [
    ...[...HEAP, '-Xss1m', ...Object.entries(system).map(([name, value]) => `-D${name}=${value}`)],
    ...['-cp', join(home, 'lib', '*'), 'org.elasticsearch.bootstrap.Elasticsearch'],
    ...settings.map((setting) => `-E${setting}`),
  ];
  const [command, words] = notAsRoot(join(java.home, 'bin', 'java'), args);
  return startServer({
    ...{ name: 'Elasticsearch 6.8', url, data, ready: READY, command, args: words },
    env: process.env,
  });
};
