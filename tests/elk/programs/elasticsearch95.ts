import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { fetchDependencies } from './artefacts.ts';
import type { Java } from './find-java.ts';
import type { Recipe } from './got.ts';

const VERSION = '9.5.3';
const MODULES = ['transport-netty4', 'x-pack-core'];
/** Libraries that the descriptor of x-pack-core expects beside it. */
const OF_XPACK =
  /^(x-pack-core|unboundid-ldapsdk|(httpclient|httpcore|httpcore-nio|httpasyncclient)-4|commons-logging|commons-codec|elasticsearch-ssl-config|log4j-1\.2-api|log4j-slf4j2-impl|slf4j-api)/;
const LOGGING = `appender.c.type = Console
appender.c.name = c
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d][%p][%c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = c
`;
const DESCRIPTOR = `name=glue
description=what the published artefacts lack
version=${VERSION}
elasticsearch.version=${VERSION}
java.version=21
classname=Glue
extended.plugins=x-pack-core
`;

/**
 * The server that Elastic publishes to Maven, as a node with two of its modules and one of ours (`Glue.java`).
 * Not published, so absent: ingest processors, painless, further field types, the ILM runner, the data stream routes.
 */
export const ELASTICSEARCH_95: Recipe = {
  name: 'elasticsearch',
  version: VERSION,
  source: 'elasticsearch95',
  java: { atLeast: 21 },
  async fill(folder, source, java, env) {
    const libraries = join(folder, 'lib');
    await fetchDependencies(source, libraries, join(source, 'jars.sha256'), env);
    await layOut(folder, libraries, java);
    await compile(folder, source, java);
    mkdirSync(join(folder, 'node', 'config'), { recursive: true });
    writeFileSync(join(folder, 'node', 'config', 'log4j2.properties'), LOGGING);
    mkdirSync(join(folder, 'native'));
    // best_compression is zstd, which the server loads from a library of the machine.
    symlinkSync(await zstdLibrary(), join(folder, 'native', 'libzstd.so'));
    for (const rest of ['lib', 'scratch']) rmSync(join(folder, rest), { recursive: true });
  },
};

/** The folders of a distribution: the server's own jars, and one folder for each module with its descriptor. */
const layOut = async (folder: string, libraries: string, java: Java): Promise<void> => {
  const scratch = join(folder, 'scratch');
  cpSync(libraries, join(folder, 'server'), { recursive: true });
  for (const name of MODULES) {
    const module = join(folder, 'node', 'modules', name);
    mkdirSync(join(scratch, name), { recursive: true });
    const jar = join(libraries, `${name}-${VERSION}.jar`);
    await run(java, 'jar', ['xf', jar, `META-INF/es-plugins/${name}`], join(scratch, name));
    cpSync(join(scratch, name, 'META-INF', 'es-plugins', name), module, { recursive: true });
  }
  const modules = join(folder, 'node', 'modules');
  const move = (pattern: RegExp, module: string): void => {
    for (const jar of readdirSync(join(folder, 'server')).filter((file) => pattern.test(file))) {
      renameSync(join(folder, 'server', jar), join(modules, module, jar));
    }
  };
  cpSync(
    join(libraries, `elasticsearch-ssl-config-${VERSION}.jar`),
    join(modules, 'transport-netty4', `elasticsearch-ssl-config-${VERSION}.jar`),
  );
  move(/^(netty-|transport-netty4-)/, 'transport-netty4');
  move(OF_XPACK, 'x-pack-core');
};

/** Our two classes, and an empty module in place of one that x-pack-core requires and nobody publishes. */
const compile = async (folder: string, source: string, java: Java): Promise<void> => {
  const scratch = join(folder, 'scratch');
  const modules = join(folder, 'node', 'modules');
  const compiler = ['-nowarn', '-proc:none', '-cp', join(folder, 'lib', '*')];
  await run(java, 'javac', [...compiler, '-d', join(folder, 'classes'), join(source, 'Es.java')], folder);
  await run(java, 'javac', [...compiler, '-d', join(scratch, 'glue'), join(source, 'Glue.java')], folder);
  mkdirSync(join(modules, 'glue'));
  const glue = join(modules, 'glue', 'glue.jar');
  await run(java, 'jar', ['--create', '--file', glue, '-C', join(scratch, 'glue'), '.'], folder);
  writeFileSync(join(modules, 'glue', 'plugin-descriptor.properties'), DESCRIPTOR);
  const templates = join(scratch, 'templates');
  mkdirSync(templates);
  writeFileSync(join(templates, 'module-info.java'), 'module org.elasticsearch.xcore.templates { }\n');
  await run(java, 'javac', ['-d', templates, join(templates, 'module-info.java')], folder);
  const jar = join(modules, 'x-pack-core', 'x-pack-template-resources.jar');
  await run(java, 'jar', ['--create', '--file', jar, '-C', templates, 'module-info.class'], folder);
};

const run = (java: Java, tool: string, args: readonly string[], cwd: string) =>
  execa(join(java.home, 'bin', tool), args, { cwd, stdin: 'ignore' });

const zstdLibrary = async (): Promise<string> => {
  // Its folder is not on the PATH of every user.
  const { stdout } = await execa('/sbin/ldconfig', ['-p'], { stdin: 'ignore' });
  const file = /libzstd\.so\.1 .*=> (\S+)/.exec(stdout)?.[1];
  if (file === undefined) throw new Error('found no libzstd.so.1 on this machine (Debian: libzstd1)');
  return file;
};
