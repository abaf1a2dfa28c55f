import { ServiceError } from '../../../core/errors/service-error.ts';
import { type EngineCommand, type EngineEvent, type EngineMessage, PROTOCOL_VERSION } from './messages.ts';

const COMMAND_TYPES = {
  start: true,
  generate: true,
  compute: true,
  cancel: true,
  configure: true,
  profile: true,
  stop: true,
} as const satisfies Record<EngineCommand['type'], true>;

const EVENT_TYPES = {
  loading: true,
  ready: true,
  accepted: true,
  tokens: true,
  finished: true,
  computed: true,
  failed: true,
  heartbeat: true,
  stats: true,
  profiled: true,
  egress: true,
  fatal: true,
} as const satisfies Record<EngineEvent['type'], true>;

/**
 * Checks what arrived at an engine; throws a ServiceError for an unknown command or another protocol version. Only the
 * outline is checked: both ends come from the same release, which the version stands for.
 */
export const readCommand = (value: unknown): EngineCommand => {
  if (!isRecord(value) || !isKnown(COMMAND_TYPES, value.type)) throw wrong('command', describe(value));
  const { type } = value;
  if (type === 'start') readVersion('spec.version', isRecord(value.spec) ? value.spec.version : undefined);
  if ((type === 'generate' || type === 'compute' || type === 'cancel' || type === 'profile') && !isId(value.id)) {
    throw wrong('command', `"${type}" without a whole number as id`);
  }
  // Safe: the outline was checked above, and the version vouches for the rest.
  return value as unknown as EngineCommand;
};

/** Checks what arrived from an engine in the same way; for the gateway's side of the channel. */
export const readMessage = (value: unknown): EngineMessage => {
  if (!isRecord(value)) throw wrong('message', describe(value));
  readVersion('version', value.version);
  const events: unknown = value.events;
  if (!Array.isArray(events)) throw wrong('message', 'a message without a list of events');
  for (const event of events) {
    if (!isRecord(event) || !isKnown(EVENT_TYPES, event.type)) throw wrong('event', describe(event));
  }
  // Safe for the same reason as above.
  return value as unknown as EngineMessage;
};

const readVersion = (where: string, version: unknown): void => {
  if (version === PROTOCOL_VERSION) return;
  throw new ServiceError(
    'ERR_ENGINE_FAILED',
    `${where}: expected protocol version ${PROTOCOL_VERSION}, got ${describe(version)}; gateway and engine are of different releases, restart both`,
    { details: { expected: PROTOCOL_VERSION } },
  );
};

const wrong = (what: string, arrived: string): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', `engine channel: expected a known ${what}, got ${arrived}`);

/** Names the kind of a value, and its text only where that is a type name: a value may hold a prompt. */
const describe = (value: unknown): string => {
  if (isRecord(value)) return `type ${typeof value.type === 'string' ? `"${value.type.slice(0, 40)}"` : 'missing'}`;
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value;
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isKnown = (table: object, type: unknown): boolean => typeof type === 'string' && Object.hasOwn(table, type);

const isId = (id: unknown): boolean => Number.isSafeInteger(id) && Number(id) >= 0;
