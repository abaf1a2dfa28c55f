import { FEATURE } from '../rules/features.ts';
import type { VendorKey } from './vendor-keys.ts';

const run = (length: number): string => 'aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xY'.repeat(10).slice(0, length);
const hex = (length: number): string => '0a1b2c3d4e5f60718293a4b5c6d7e8f9'.repeat(8).slice(0, length);
const capitals = (length: number): string => 'J7K2M4N6P3Q5R7S2T4U6V3W5X7Y2Z4A6'.repeat(4).slice(0, length);
const uuid = `${hex(8)}-1b2c-4d5e-8f90-${hex(12)}`;

const W = '[A-Za-z0-9]';
const WD = '[A-Za-z0-9_-]';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** Digits and capitals: what words of code after a short beginning lack. */
const MIXED = `(?=${WD}{0,40}\\d)(?=${WD}{0,40}[A-Z])`;

/** Keys of services for models, payments, mail, builds and the rest, beside the large ones of `vendor-keys.ts`. */
export const SERVICE_KEYS: readonly VendorKey[] = [
  {
    id: 'ai-services',
    label: 'API_KEY',
    of: 'Keys of NVIDIA, Tavily, Pinecone, Fireworks, Voyage, ElevenLabs, Cerebras, Jina, E2B and Apify',
    starts: ['nvapi-', 'tvly-', 'pcsk_', 'fw_', 'pa-', 'sk_', 'csk-', 'jina_', 'e2b_', 'apify_api_', 'sess-'],
    pattern: `(?:nvapi-${WD}{40,90}|tvly-${WD}{24,64}|pcsk_${WD}{40,100}|(?:fw_|sess-)${MIXED}${W}{20,48}|pa-${MIXED}${WD}{40,48}|sk_[0-9a-f]{48}|csk-[0-9a-z]{40,56}|jina_${WD}{50,80}|e2b_[0-9a-f]{40}|apify_api_${W}{30,40})`,
    example: `nvapi-${run(64)}`,
  },
  {
    id: 'zhipu',
    label: 'API_KEY',
    of: 'Zhipu API keys',
    starts: [],
    needs: FEATURE.dot | FEATURE.digit,
    pattern: `[0-9a-f]{32}\\.(?=${W}{0,15}[A-Z0-9])${W}{16}`,
    example: `${hex(32)}.${run(16)}`,
  },
  {
    id: 'azure-devops',
    label: 'AZURE_KEY',
    of: 'Azure DevOps access tokens',
    starts: ['AZDO'],
    pattern: `${W}{76}AZDO${W}{4}`,
    example: `${run(76)}AZDO${run(4)}`,
  },
  {
    id: 'aliyun-sts',
    label: 'ALIYUN_KEY',
    of: 'Temporary keys of Alibaba Cloud, and keys of JD Cloud',
    starts: ['STS.', 'JDC_'],
    pattern: `(?:STS\\.${W}{20,48}|JDC_[A-Z0-9]{25,40})`,
    example: `STS.N${run(25)}`,
  },
  {
    id: 'baidu-token',
    label: 'BAIDU_KEY',
    of: 'Access tokens of Baidu',
    starts: ['24.', '25.'],
    pattern: '2[45]\\.[0-9a-f]{32}\\.\\d{5,9}\\.\\d{9,11}\\.\\d{4,12}-\\d{4,12}',
    example: `24.${hex(32)}.2592000.1735689600.282335-12345678`,
  },
  {
    id: 'chat-robots',
    label: 'WEBHOOK',
    of: 'Signing secrets of DingTalk robots and tokens of Feishu apps',
    starts: ['SEC', 't-', 'u-'],
    pattern: `(?:SEC[0-9a-f]{64}|[tu]-(?=${W}{0,40}\\d)${W}{38,64})`,
    example: `SEC${hex(64)}`,
  },
  {
    id: 'firebase',
    label: 'GCP_KEY',
    of: 'Server keys of Firebase messaging',
    starts: [':APA91b'],
    pattern: `AAAA${WD}{7}:APA91b${WD}{120,180}`,
    example: `AAAA${run(7)}:APA91b${run(134)}`,
  },
  {
    id: 'meta',
    label: 'API_KEY',
    of: 'Access tokens of Facebook and Instagram',
    starts: ['EAA'],
    pattern: `EAA${W}{60,400}`,
    example: `EAAB${run(150)}`,
  },
  {
    id: 'x-bearer',
    label: 'API_KEY',
    of: 'Bearer tokens of X (Twitter)',
    starts: ['AAAAAAAAAAAAAAAAAAA'],
    pattern: `A{19,24}${W}{8,90}%[23][0-9A-Fa-f][A-Za-z0-9%]{30,140}`,
    example: `${'A'.repeat(21)}${run(30)}%3D${run(50)}`,
  },
  {
    id: 'payments',
    label: 'API_KEY',
    of: 'Keys of Braintree, Plaid, Adyen, Razorpay, Flutterwave, Midtrans, EasyPost, Shippo and Duffel',
    starts: [
      ...['access_token$', 'access-', 'AQE', 'rzp_', 'FLWSECK', 'SB-Mid-server-', 'EZAK', 'EZTK', 'shippo_', 'duffel_'],
    ],
    pattern: `(?:access_token\\$(?:production|sandbox)\\$[0-9a-z]{16}\\$[0-9a-f]{32}|access-(?:sandbox|development|production)-${UUID}|AQE[a-z]hmf[A-Za-z0-9+/_-]{60,300}={0,2}(?:-[A-Za-z0-9+/=_-]{20,80})?|rzp_(?:live|test)_${W}{14,20}|FLWSECK(?:_TEST)?-[0-9a-zA-Z]{12,40}-X|SB-Mid-server-${WD}{20,40}|EZ[AT]K${W}{54}|shippo_(?:live|test)_[0-9a-f]{40}|duffel_(?:live|test)_${WD}{43})`,
    example: `access-sandbox-${uuid}`,
  },
  {
    id: 'mail-services',
    label: 'API_KEY',
    of: 'Keys of Resend, Mailgun, HubSpot, Typeform, ReadMe and Customer.io',
    starts: ['re_', 'pat-na', 'pat-eu', 'tfp_', 'rdme_'],
    pattern: `(?:re_(?=${W}{0,8}_?${W}{0,24}\\d)${W}{8}_${W}{24}|pat-(?:na|eu)\\d-${UUID}|tfp_${WD}{40,64}|rdme_[0-9a-z]{60,80})`,
    example: `re_${run(8)}_${run(24)}`,
  },
  {
    id: 'mailgun-private',
    label: 'API_KEY',
    of: 'Private keys of Mailgun as they are given out today',
    starts: [],
    needs: FEATURE.dash | FEATURE.digit,
    pattern: '[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}',
    example: `${hex(32)}-${hex(8)}-${hex(8)}`,
  },
  {
    id: 'discord-mfa',
    label: 'DISCORD_TOKEN',
    of: 'Discord tokens of users with a second factor',
    starts: ['mfa.'],
    pattern: `mfa\\.${WD}{40,100}`,
    example: `mfa.${run(84)}`,
  },
  {
    id: 'work-services',
    label: 'API_KEY',
    of: 'Keys of Asana, ClickUp, Contentful, Frame.io, Mapbox and Adafruit',
    starts: ['1/', '2/', 'pk_', 'CFPAT-', 'fio-u-', 'sk.eyJ', 'aio_'],
    pattern: `(?:[12]/\\d{16}(?:/\\d{16})?:[0-9a-f]{32}|pk_\\d{6,10}_[A-Z0-9]{32}|CFPAT-${WD}{43}|fio-u-${WD}{64}|sk\\.eyJ${WD}{40,140}\\.${WD}{20,30}|aio_[A-Za-z]{4}\\d{2}${W}{22})`,
    example: `CFPAT-${run(43)}`,
  },
  {
    id: 'build-services',
    label: 'API_KEY',
    of: 'Keys of crates.io, Clojars, NuGet, Buildkite, CircleCI, Sourcegraph, Artifactory, Pulumi, Infracost and Prefect',
    starts: [
      ...['cio', 'CLOJARS_', 'oy2', 'bkua_', 'CCIPAT_', 'CCIPRJ_', 'sgp_', 'AKCp', 'cmVmdGtuO'],
      ...['pul-', 'ico-', 'pnu_', 'ory_'],
    ],
    pattern: `(?:cio(?=${W}{0,31}\\d)${W}{32}|CLOJARS_[0-9a-f]{60}|oy2(?=[0-9a-z]{0,42}\\d)[0-9a-z]{43}|bkua_[0-9a-f]{40}|CCI(?:PAT|PRJ)_${W}{22}_[0-9a-f]{40}|sgp_(?:[0-9a-zA-Z]{16}_|local_)?[0-9a-fA-F]{40}|AKCp${W}{60,80}|cmVmdGtuO${W}{40,70}|pul-[0-9a-f]{40}|ico-${W}{32}|pnu_[0-9a-z]{36}|ory_(?:at|rt|pat)_${WD}{40,100})`,
    example: `CCIPAT_${run(22)}_${hex(40)}`,
  },
  {
    id: 'intra-42',
    label: 'API_KEY',
    of: 'Client secrets of 42 Intra',
    starts: ['s-s4t2'],
    pattern: 's-s4t2(?:ud|af)-[0-9a-f]{64}',
    example: `s-s4t2ud-${hex(64)}`,
  },
  {
    id: 'network-services',
    label: 'API_KEY',
    of: 'Keys of Cloudflare, Netlify, Tailscale, Render, Scaleway, PostHog and Matrix',
    starts: ['v1.0-', 'nfp_', 'tskey-', 'rnd_', 'SCW', 'phx_', 'syt_'],
    pattern: `(?:v1\\.0-[0-9a-f]{24}-[0-9a-f]{146}|nfp_${W}{36,40}|tskey-(?:auth|api|client|scim|webhook)-${W}{10,20}(?:-${W}{20,40})?|rnd_${MIXED}${W}{28,40}|SCW[A-Z0-9]{17}|phx_${W}{40,50}|syt_[A-Za-z0-9=]{2,80}_${W}{20}_${W}{6})`,
    example: `nfp_${run(36)}`,
  },
  {
    id: '1password',
    label: 'API_KEY',
    of: '1Password service accounts and secret keys',
    starts: ['ops_eyJ', 'A3-'],
    pattern: `(?:ops_eyJ[A-Za-z0-9+/=_-]{100,1000}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})`,
    example: `A3-${capitals(6)}-${capitals(11)}-${capitals(5)}-${capitals(5)}-${capitals(5)}`,
  },
  {
    id: 'grafana-legacy',
    label: 'GRAFANA_TOKEN',
    of: 'Grafana keys of former versions',
    starts: ['eyJrIjoi'],
    pattern: `eyJrIjoi${W}{60,120}={0,2}`,
    example: `eyJrIjoi${run(80)}`,
  },
  {
    id: 'crypt',
    label: 'PASSWORD_HASH',
    of: 'Password hashes as systems store them (crypt, bcrypt, Argon2)',
    starts: ['$1$', '$5$', '$6$', '$y$', '$2a$', '$2b$', '$2y$', '$apr1$', '$argon2'],
    pattern:
      '\\$(?:(?:1|5|6|apr1)\\$(?:rounds=\\d{1,9}\\$)?[./A-Za-z0-9]{1,16}\\$[./A-Za-z0-9+]{20,88}|2[aby]\\$\\d\\d\\$[./A-Za-z0-9]{53}|y\\$[./A-Za-z0-9$]{30,120}|argon2(?:id|i|d)\\$v=\\d\\d\\$m=\\d{1,9})',
    example: `$6$${run(16)}$${run(86)}`,
  },
];
