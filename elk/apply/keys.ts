import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import { compare } from '../compare.ts';
import { descriptorOf, type RoleKey, roleName } from '../elasticsearch/roles.ts';
import { MANAGED } from '../elasticsearch/shape.ts';
import { reasonIn, type Server } from './server.ts';

/** Who gets a key: programs. People log in with their names and the roles. */
export const KEY_HOLDERS = ['writer', 'reader', 'detector', 'admin'] as const satisfies readonly RoleKey[];
type Holder = (typeof KEY_HOLDERS)[number];

export interface KeyStep {
  readonly name: string;
  readonly action: 'create' | 'change' | 'none';
  /** Where its secret lies, or why it lies nowhere. */
  readonly note: string;
}

interface KeyAnswer {
  readonly api_keys?: readonly { readonly id: string; readonly role_descriptors?: unknown }[];
}

/** What has to be done that each program has an API key that may do what its role may, and no more. Reads only. */
export const planKeys = async (
  server: Server,
  folder: string,
): Promise<readonly (KeyStep & { run: () => Promise<void> })[]> => {
  const steps = [];
  for (const holder of KEY_HOLDERS) steps.push(await planKey(server, folder, holder));
  return steps;
};

const planKey = async (server: Server, folder: string, holder: Holder) => {
  const name = roleName(holder);
  const file = join(folder, `${holder}.key`);
  const { status, body } = await server.ask({
    method: 'GET',
    path: `/_security/api_key?name=${name}&active_only=true&owner=false`,
  });
  if (status !== 200) throw refused(server, name, status, body);
  // Safe: only read, and what is not there is undefined.
  const [key] = (body as KeyAnswer).api_keys ?? [];
  const descriptors = { [name]: descriptorOf(holder) };
  if (key === undefined) {
    const run = () => createKey(server, name, descriptors, file);
    return { name, action: 'create', note: `to ${file}`, run } as const;
  }
  const note = (await isThere(file))
    ? `in ${file}`
    : `its secret is not in ${file} and can be had only once: DELETE /_security/api_key {"ids":["${key.id}"]} and apply again for a new one`;
  if (compare(descriptors, key.role_descriptors).length === 0) {
    return { name, action: 'none', note, run: async () => {} } as const;
  }
  return { name, action: 'change', note, run: () => changeKey(server, name, key.id, descriptors) } as const;
};

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const createKey = async (server: Server, name: string, descriptors: object, file: string): Promise<void> => {
  // Before the key: a key whose secret cannot be kept is of no use to anybody.
  await makePrivateFolder(join(file, '..'));
  const { status, body } = await server.ask({
    method: 'POST',
    path: '/_security/api_key',
    body: { name, role_descriptors: descriptors, metadata: MANAGED },
  });
  // Safe: only read, and what is not there is undefined.
  const { encoded } = (body ?? {}) as { encoded?: unknown };
  if (status !== 200 || typeof encoded !== 'string') throw refused(server, name, status, body);
  await replaceFile(file, PRIVATE_MODE, `${encoded}\n`);
};

const changeKey = async (server: Server, name: string, id: string, descriptors: object): Promise<void> => {
  const { status, body } = await server.ask({
    method: 'PUT',
    path: `/_security/api_key/${id}`,
    body: { role_descriptors: descriptors, metadata: MANAGED },
  });
  if (status !== 200) throw refused(server, name, status, body);
};

const refused = (server: Server, name: string, status: number, body: unknown): ServiceError =>
  new ServiceError(
    'ERR_ELK_FAILED',
    `${server.title}: API key ${name}: expected it to be taken, got ${status}: ${reasonIn(body)}; log in with a user name and password, an API key cannot make another`,
  );
