import type { VendorKey } from './vendor-keys.ts';

const run = (length: number): string => 'aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xY'.repeat(10).slice(0, length);
const hex = (length: number): string => '0a1b2c3d4e5f60718293a4b5c6d7e8f9'.repeat(8).slice(0, length);

const W = '[A-Za-z0-9]';
const WD = '[A-Za-z0-9_-]';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** A digit and a capital: what words of code after a short beginning lack. */
const MIXED = `(?=${WD}{0,40}\\d)(?=${WD}{0,40}[A-Z])`;

/** Keys of yet more services, by what they are for. */
export const MORE_KEYS: readonly VendorKey[] = [
  {
    id: 'more-ai-services',
    label: 'API_KEY',
    of: 'Keys of Google AI Studio, Weights & Biases, Firecrawl, Together, Cursor, Mem0, RunPod, Modal, LlamaCloud, Anyscale, Novita, Composio and Langfuse',
    starts: [
      ...[
        'AQ.Ab',
        'wandb_v1_',
        'fc-',
        'tgp_v1_',
        'key_',
        'm0-',
        'rpa_',
        'ak-',
        'as-',
        'llx-',
        'esecret_',
        'sk_',
        'ak_',
      ],
      ...['sk-'],
    ],
    pattern: `(?:AQ\\.Ab${WD}{40,80}|wandb_v1_${WD}{60,100}|fc-[0-9a-f]{32}|tgp_v1_${WD}{40,60}|key_[0-9a-f]{64}|m0-${MIXED}${W}{38,44}|rpa_[A-Z0-9]{38,50}|a[ks]-${MIXED}${W}{22}|llx-${MIXED}${W}{44,56}|esecret_${W}{24,40}|sk_${MIXED}${WD}{40,64}|ak_${MIXED}${WD}{18,40}|sk-[a-z]{48})`,
    example: `tgp_v1_${run(43)}`,
  },
  {
    id: 'more-clouds',
    label: 'API_KEY',
    of: 'Keys of Cloudflare, Neon, Fly.io, Infisical, OpenShift, Amazon MWS, Trigger.dev, Inngest, Railway and Akamai',
    starts: [
      ...['cfut_', 'cfat_', 'cfk_', 'napi_', 'npg_', 'st.', 'sha256~', 'amzn.mws.', 'tr_dev_', 'tr_prod_', 'signkey-'],
      'akab-',
    ],
    pattern: `(?:cf(?:ut|at|k)_${W}{40,64}|napi_[0-9a-z]{56,72}|npg_${MIXED}${W}{12,24}|st\\.${UUID}\\.[0-9a-f]{32}\\.[0-9a-f]{32}|sha256~${WD}{43}|amzn\\.mws\\.${UUID}|tr_(?:dev|prod)_${W}{20,32}|signkey-(?:prod|test|branch)-[0-9a-f]{32,64}|akab-[a-z0-9]{16}-[a-z0-9]{16})`,
    example: `cfut_${run(48)}`,
  },
  {
    id: 'azure-services',
    label: 'AZURE_KEY',
    of: 'Keys of Azure AI, Search, Functions, Cache and Cosmos DB',
    starts: ['AzSe', 'AzFu', 'AzCa', 'JQQJ99', 'ACDb'],
    pattern: `(?:${W}{42}AzSe[A-D]${W}{5}|${WD}{44}AzFu${W}{4}={0,2}|${W}{33}AzCa[A-P]${W}{5}=|${W}{52}JQQJ99${W}{16,26}|[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{6}==)`,
    example: `${run(42)}AzSeA${run(5)}`,
  },
  {
    id: 'quality-services',
    label: 'API_KEY',
    of: 'Keys of SonarQube, Snyk, Socket, Chromatic, LaunchDarkly, Honeycomb, Axiom, New Relic and Dynatrace',
    starts: [
      ...['sqp_', 'squ_', 'sqa_', 'snyk_', 'sktsec_', 'chpt_', 'sdk-', 'api-', 'hcaik_', 'hcxik_', 'xaat-', 'xapt-'],
      ...['dt0s', 'NRAL'],
    ],
    pattern: `(?:sq[pua]_[0-9a-f]{40}|snyk_(?:uat|sat)\\.[0-9a-f]{8}\\.${WD}{40,600}(?:\\.${WD}{10,300})?|sktsec_${WD}{36,80}(?:_api)?|chpt_[0-9a-f]{12,40}|(?:sdk|api)-${UUID}|hc[axb]ik_${W}{40,64}|xa[ap]t-${UUID}|${W}{32,42}NRAL|dt0s\\d\\d\\.[A-Z0-9]{8}\\.[A-Z0-9]{64})`,
    example: `sqp_${hex(40)}`,
  },
  {
    id: 'more-work-services',
    label: 'API_KEY',
    of: 'Keys of Figma, Mandrill, MailerSend, Dropbox, Paddle, Salesforce, Intercom, Atlassian, Octopus Deploy, Confluent, Polar and ServerChan',
    starts: [
      ...[
        'figu_',
        'figur_',
        'figoh_',
        'md-',
        'mlsn.',
        'sl.',
        'pdl_',
        '!AQ',
        'dG9rOi',
        'API-',
        'cflt',
        'polar_',
        'SCT',
        'sctp',
      ],
      ...['IGQV', 'IGAA'],
    ],
    pattern: `(?:fig(?:u|ur|oh)_${WD}{36,60}|md-${MIXED}${WD}{22}|mlsn\\.[0-9a-f]{64}|sl\\.(?:u\\.)?${WD}{120,1000}|pdl_(?:live|sdbx)_apikey_${W}{26}_${W}{22}_${W}{3}|00D${W}{12,15}!AQ[A-Za-z0-9._]{60,140}|dG9rOi${W}{40,80}={0,2}|API-[A-Z0-9]{25,32}|cflt[A-Za-z0-9+/]{60}|polar_(?:oat|pat|at_u|rt_u)_${WD}{40,60}|SCT\\d{4,8}T${W}{26,36}|sctp\\d{3,8}t${W}{20,40}|IG(?:QV|AA)[A-Za-z0-9]{60,400})`,
    example: `mlsn.${hex(64)}`,
  },
  {
    id: 'more-payments',
    label: 'API_KEY',
    of: 'Keys of Adyen, Paystack, Mollie, Coinbase and Xendit',
    starts: ['AQE', 'test_', 'live_', 'xnd_'],
    pattern: `(?:AQE[a-z](?:hmf|xmf)[A-Za-z0-9+/=_-]{60,400}|(?:test|live)_${MIXED}${W}{30}|xnd_(?:production|development)_${W}{40,80})`,
    example: `xnd_production_${run(56)}`,
  },
  {
    id: 'more-webhooks',
    label: 'WEBHOOK',
    of: 'Webhook addresses of IFTTT, Zapier, Make and Bark',
    starts: ['/with/key/', '/hooks/catch/', 'hook.eu', 'hook.us', 'api.day.app/'],
    pattern: `(?<=maker\\.ifttt\\.com/(?:trigger|use)/[A-Za-z0-9_-]{1,60}/(?:json/)?with/key/)${WD}{16,64}|(?<=hooks\\.zapier\\.com/hooks/catch/)\\d{4,12}/[a-z0-9]{5,12}|(?<=hook\\.(?:eu|us)[12]\\.make\\.com/)[a-z0-9]{24,40}|(?<=api\\.day\\.app/)${W}{20,24}`,
    example: `https://maker.ifttt.com/trigger/x/with/key/${run(22)}`,
  },
  {
    id: 'sealed-cookies',
    label: 'API_KEY',
    of: 'Cookies that ASP.NET and Laravel sealed',
    starts: ['CfDJ8', 'eyJpdiI6'],
    pattern: `(?:CfDJ8${WD}{60,1000}|eyJpdiI6[A-Za-z0-9+/_-]{60,1000}(?:=|%3D){0,2})`,
    example: `CfDJ8${run(120)}`,
  },
  {
    id: 'private-key-forms',
    label: 'PRIVATE_KEY',
    of: 'Private keys of wallets, Nostr, minisign and signify, and PEM private keys in base64',
    starts: [
      ...['xprv', 'yprv', 'zprv', 'tprv', 'nsec1', 'RWRTY0Iy', 'RWRCSwAAA', 'LS0tLS1CRUdJTi'],
      ...['edsk', 'suiprivkey1'],
    ],
    pattern: `(?:[xyzt]prv[0-9A-Za-z]{90,120}|nsec1[0-9a-z]{58}|RWRTY0Iy[A-Za-z0-9+/]{100,300}={0,2}|RWRCSwAAA[A-Za-z0-9+/]{100,200}={0,2}|LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFUR|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVE|BFTkNSWVBURUQgUFJJVkFUR|BEU0EgUFJJVkFUR|BQR1AgUFJJVkFUR)[A-Za-z0-9+/_-]{20,2400}={0,2}|edsk[1-9A-HJ-NP-Za-km-z]{50,94}|suiprivkey1[02-9ac-hj-np-z]{58})`,
    example: `xprv9s21ZrQH143K${run(96).replaceAll('0', '1')}`,
  },
  {
    id: 'more-crypt',
    label: 'PASSWORD_HASH',
    of: 'Password hashes of Django, phpass and Drupal',
    starts: ['pbkdf2_sha', '$P$', '$H$', '$S$', '$scrypt', '$pbkdf2', 'scrypt:', 'pbkdf2:'],
    pattern:
      '(?:pbkdf2_sha(?:1|256|512)\\$\\d{3,8}\\$[A-Za-z0-9]{4,40}\\$[A-Za-z0-9+/]{24,100}={0,2}|\\$[PHS]\\$[./A-Za-z0-9]{31,52}|\\$(?:scrypt|pbkdf2)[-$][A-Za-z0-9$,=./+-]{30,300}|(?:scrypt|pbkdf2):[a-z0-9:]{3,30}\\$[A-Za-z0-9]{4,40}\\$[0-9a-f]{32,256})',
    example: `pbkdf2_sha256$600000$${run(22)}$${run(43)}=`,
  },
];
