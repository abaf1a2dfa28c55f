import type { LabelRule } from '../rules/rule.ts';
import { isPlaceholder, looksRandom, NO_VALUE } from './label-values.ts';

/** Names of vendors whose keys begin like nothing else does. */
const VENDORS =
  'stripe datadog mailgun sendgrid algolia twilio openweathermap cloudflare newrelic heroku mapbox pagerduty bitly dropbox airtable ' +
  'codecov circleci snyk sonarqube virustotal shodan giphy openai deepseek aliyun rapidapi tmdb newsapi fastly amplitude mixpanel ' +
  'segment bugsnag rollbar zendesk intercom postmark mailchimp mandrill sparkpost vonage nexmo plivo pusher ably logdna loggly ' +
  'honeycomb coinbase alphavantage finnhub ipinfo ipstack maxmind abuseipdb greynoise censys securitytrails clearbit hubspot ' +
  'pipedrive asana trello contentful cloudinary unsplash pexels tinify mapquest tomtom opencage locationiq weatherapi ' +
  'accuweather cohere mistral elevenlabs assemblyai deepgram groq moonshot dashscope qiniu 高德地图 和风天气 微信支付 百度地图 腾讯云 阿里云';

const GAP = '[ \\t"\'`:：=]';
const UNIT = '[A-Za-z0-9_-]';

/** `datadog: …`: a key after the name of its vendor alone. */
export const vendorNamed: LabelRule = {
  kind: 'label',
  id: 'secrets.key-vendor',
  label: 'SECRET',
  finds: 'Random values right after the name of a vendor alone: `datadog: …`, `STRIPE=…`.',
  why: 'sixteen or more random letters and digits right after the name of a vendor of keys',
  examples: {
    found: ['datadog: 99647e9627de071a069fbcf9120ed630', 'SENDGRID=EkbyVHKfcwLgSWCyjar36h2yhTEHrNYF'],
    left: ['mapbox: streets-v12-satellite-2024', 'stripe: enabled', 'openai: gpt-4o-mini-2024-07-18'],
  },
  labels: VENDORS.split(' '),
  bareLabels: VENDORS.split(' '),
  stop: /\n/,
  maxLength: 130,
  enough: new RegExp(
    `${GAP}{9}|${GAP}{0,8}(?:${UNIT}{1,101}[^A-Za-z0-9_-]|${UNIT}{102}|[^ \\t"'\`:：=A-Za-z0-9_-])`,
    'y',
  ),
  value: new RegExp(`${GAP}{0,8}(?<value>${UNIT}{16,100})(?![\\w+/=.:@-])`, 'y'),
  refuse: (value) =>
    isPlaceholder(value) || /^(?:sha\d{1,3}-|pk_|v\d)/.test(value) || !looksRandom(value, 16) ? NO_VALUE : undefined,
};
