import { attack, get, type Http1Attack } from '../attack.ts';

const REFUSED = { code: 'ERR_HTTP_MALFORMED', closes: true } as const;
const missing = (name: string, path: string) => attack(name, get(path), 404, { code: 'NOT_FOUND' });
const refused = (name: string, path: string) => attack(name, get(path), 400, REFUSED);

/** Ways out of `/docs`, past a proxy that allows only some paths, and into files. */
export const PATHS: readonly Http1Attack[] = [
  refused('two dots', '/docs/../api/v1/admin/limits'),
  refused('two dots at the end', '/docs/..'),
  refused('one dot', '/docs/./swagger-ui.css'),
  refused('two encoded dots', '/docs/%2e%2e/api/v1/admin/limits'),
  refused('two dots, one encoded', '/docs/.%2E/api/v1/admin/limits'),
  refused('a backslash', '/docs\\..\\..\\etc\\passwd'),
  refused('a NUL', '/docs/swagger-ui.css%00.png'),
  refused('an encoded line break', '/docs/a%0d%0aset-cookie:x=1'),
  refused('an encoded escape', '/docs/%1b%5b2J'),
  missing('an encoded slash', '/docs/..%2f..%2f..%2fetc%2fpasswd'),
  missing('an encoded backslash', '/docs/..%5c..%5cetc%5cpasswd'),
  missing('twice encoded dots', '/docs/%252e%252e%252fpackage.json'),
  missing('an overlong dot', '/docs/%c0%ae%c0%ae%c0%afetc'),
  missing('a full-width dot', '/docs/%ef%bc%8e%ef%bc%8e%ef%bc%8fetc'),
  missing('four dots', '/docs/..../package.json'),
  missing('an absolute path', '/docs//etc/passwd'),
  missing('an encoded absolute path', '/docs/%2fetc%2fpasswd'),
  missing('a path parameter', '/docs/..;/api/v1/admin/limits'),
  missing('a file of the package', '/docs/package.json'),
  missing('a source map', '/docs/swagger-ui-bundle.js.map'),
  missing('the repository', '/docs/.git/config'),
  missing('an environment file', '/.env'),
  missing('a name every object has', '/docs/constructor'),
  missing('the prototype', '/docs/__proto__'),
  missing('a broken escape', '/docs/%zz'),
  missing('other case', '/DOCS'),
  missing('a slash too many', '/docs/'),
  missing('a dot at the end', '/docs/swagger-ui.css.'),
  missing('an alternate data stream', '/docs/swagger-ui.css::$DATA'),
  attack('admin with a slash too many', get('/api/v1/admin//limits'), 404),
  attack('admin in other case', get('/api/v1/ADMIN/limits'), 404),
  attack('a job id that is a path', get('/api/v1/jobs/..%2f..%2fetc%2fpasswd'), [400, 404]),
  attack('a model id that is a path', get('/v1/models/..%2f..%2fetc%2fpasswd'), [400, 404]),
  attack('the interface of Ollama', get('/api/tags'), 404),
  attack('the interface of Ray', get('/api/jobs/'), 404),
  attack('metrics where others have them', get('/metrics'), 404),
  attack('a debugger', get('/json/list'), 404),
  attack('an actuator', get('/actuator/env'), 404),
];
