import type { CheckRow } from './check-row.ts';
import { formatQuantity } from './format.ts';
import { blind, compare, fine, found, measure } from './judge.ts';

const OPEN_FILES = { minimum: 4096, recommended: 65_536 };
const DAY_S = 86_400;
const CERTIFICATE = { minimum: 7 * DAY_S, recommended: 30 * DAY_S };

/** What is set up on it, and what of that the service needs. */
export const HOST_CHECKS: readonly CheckRow[] = [
  {
    ...{ name: 'ports', title: 'ports', minimum: 'free', recommended: 'free' },
    look({ listeners }, { ports, isRunning }) {
      const names = ports.map(({ port }) => port).join(', ');
      if (!listeners.isSeen) return blind(listeners.why);
      if (isRunning) return fine(measure(listeners, names, undefined, 'this service runs'));
      const taken = ports.filter(({ port }) => listeners.value.has(port));
      if (taken.length === 0) return fine(measure(listeners, names, undefined, 'free'));
      const words = taken.map(({ port, setting }) => `${port} (${setting})`).join(', ');
      const measured = measure(listeners, names, undefined, `taken: ${words}`);
      return found(
        measured,
        taken.some(({ isNeeded }) => isNeeded) ? 'fail' : 'warn',
        `another program listens there: end it, or set another port: ${words}`,
      );
    },
  },
  {
    ...{ name: 'clock', title: 'clock', minimum: null, recommended: 'synchronised' },
    look({ clock, surroundings }) {
      if (!clock.isSeen) {
        const hint =
          surroundings.place === 'container'
            ? 'a container has the clock of its host'
            : 'start systemd-timesyncd or chrony';
        return blind(`${clock.why}; ${hint}`);
      }
      const measured = measure(clock, clock.value ? 'synchronised' : 'not synchronised');
      return found(
        measured,
        clock.value ? 'pass' : 'warn',
        'tokens and certificates are refused when it is wrong: timedatectl set-ntp true',
      );
    },
  },
  {
    ...{ name: 'open_files', title: 'open files', ...OPEN_FILES },
    look({ openFiles }) {
      if (!openFiles.isSeen) return blind(openFiles.why);
      return found(
        measure(openFiles, openFiles.value, '1', 'hard limit'),
        compare(openFiles.value, OPEN_FILES),
        'many clients at once need more: LimitNOFILE=65536 in the unit, ulimit -Hn, docker run --ulimit nofile=65536',
      );
    },
  },
  {
    ...{ name: 'huge_pages', title: 'huge pages', minimum: null, recommended: 'madvise' },
    look({ hugePages }) {
      if (!hugePages.isSeen) return blind(hugePages.why);
      return found(
        measure(hugePages, hugePages.value, undefined, 'transparent'),
        hugePages.value === 'never' ? 'warn' : 'pass',
        'models of gigabytes are read a few percent slower; root can set: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
      );
    },
  },
  {
    ...{ name: 'control_groups', title: 'control groups', minimum: null, recommended: 'version 2' },
    look({ controlGroups }) {
      if (!controlGroups.isSeen) return blind(controlGroups.why);
      const { version, isDelegated } = controlGroups.value;
      const rights = isDelegated ? 'this user may make groups' : 'this user may not make groups';
      const measured = measure(controlGroups, `version ${version}`, undefined, rights);
      return found(
        measured,
        version === '2' ? 'pass' : 'warn',
        'limits and pressure of version 2 are not told: boot with systemd.unified_cgroup_hierarchy=1',
      );
    },
  },
  {
    ...{ name: 'container_engine', title: 'container engine', minimum: null, recommended: 'with Compose 2' },
    look({ engine, surroundings }) {
      if (!engine.isSeen) return blind(engine.why);
      const state = engine.value;
      if (surroundings.place === 'container' && state.kind === 'absent') {
        return fine(measure(engine, 'none', undefined, 'none needed in a container'));
      }
      switch (state.kind) {
        case 'ready': {
          const { name, version, compose } = state.engine;
          const note = compose === undefined ? 'without Compose' : `Compose ${compose}`;
          const result = Number.parseInt(compose ?? '0', 10) >= 2 ? 'pass' : 'warn';
          return found(
            measure(engine, `${name} ${version}`, undefined, note),
            result,
            'clawdbot deploy needs Compose 2: install docker-compose-plugin',
          );
        }
        case 'denied':
          return found(
            measure(engine, `${state.name}, not for this user`),
            'warn',
            'clawdbot deploy needs it: join the group docker, which is as good as root, or use rootless mode',
          );
        case 'stopped':
          return found(
            measure(engine, `${state.name}, not running`),
            'warn',
            'clawdbot deploy needs it: systemctl start docker; npm start does without',
          );
        case 'absent':
          return found(
            measure(engine, 'none'),
            'warn',
            'clawdbot deploy needs Docker or Podman; npm start and clawdbot service install do without',
          );
      }
    },
  },
  {
    ...{
      name: 'certificate',
      title: 'certificate',
      minimum: CERTIFICATE.minimum,
      recommended: CERTIFICATE.recommended,
    },
    look({ certificate }, { now }) {
      if (!certificate.isSeen) return blind(certificate.why);
      const left = certificate.value - now;
      const note = `${left > 0 ? 'ends' : 'ended'} ${new Date(certificate.value * 1000).toISOString().slice(0, 10)}`;
      const advice = `it has ${formatQuantity(Math.max(0, left), 's')} left; one of the local CA is renewed at the next start, any other is yours to renew`;
      return found(measure(certificate, left, 's', note), compare(left, CERTIFICATE), advice);
    },
  },
  {
    ...{ name: 'client_addresses', title: 'addresses of clients', minimum: null, recommended: 'their own' },
    look({ bridge, surroundings }) {
      if (bridge === undefined) return fine({ value: 'their own', source: `/proc/net/route, ${surroundings.place}` });
      return found(
        { value: bridge, source: '/proc/net/route', note: 'behind a bridge' },
        'warn',
        `every client has the address ${bridge} here, so auth.allow cannot tell them apart: network_mode: host, or a proxy in server.trustedProxies`,
      );
    },
  },
];
