import type { ProviderKind, Told } from './provider.ts';

interface Options {
  readonly accountSid: string;
  readonly authToken: string;
  /** Numbers the account owns. */
  readonly from: readonly string[];
}

/** Numbers that Twilio's own test credentials refuse (https://www.twilio.com/docs/iam/test-credentials). */
const REFUSED: Readonly<Record<string, { code: number; message: string }>> = {
  '+15005550001': { code: 21211, message: "Invalid 'To' Phone Number: +1500555XXXX" },
  '+15005550003': { code: 21408, message: 'Permission to send an SMS has not been enabled for the region' },
  '+15005550004': { code: 21610, message: 'Attempt to send to unsubscribed recipient' },
  '+15005550009': { code: 21614, message: "'To' number is not a valid mobile number" },
};

/** The Messages resource of Twilio, of the API of 2010-04-01. */
export const twilio = ({ accountSid, authToken, from: owned }: Options): ProviderKind => ({
  answer({ method, url, headers, body }) {
    const path = `/2010-04-01/Accounts/${accountSid}/Messages.json`;
    const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
    if (headers.authorization !== `Basic ${credentials}`) return refusal(401, 20003, 'Authenticate');
    if (url.pathname !== path) return refusal(404, 20404, `The requested resource ${url.pathname} was not found`);
    if (method !== 'POST') return refusal(405, 20004, 'Method not allowed');
    const form = new URLSearchParams(body);
    const to = form.get('To') ?? '';
    const text = form.get('Body') ?? '';
    const from = form.get('From');
    const service = form.get('MessagingServiceSid');
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return refusal(400, 21211, `Invalid 'To' Phone Number: ${to}`);
    const refused = REFUSED[to];
    if (refused !== undefined) return refusal(400, refused.code, refused.message);
    if (from === null && service === null) return refusal(400, 21603, "A 'From' phone number is required.");
    if (from !== null && !owned.includes(from))
      return refusal(400, 21606, `The 'From' phone number ${from} is not valid`);
    if (text === '') return refusal(400, 21602, 'Message body is required.');
    if (text.length > 1600)
      return refusal(400, 21617, 'The concatenated message body exceeds the 1600 character limit.');
    return { status: 201, body: message({ accountSid, to, from, service, text }), taken: { to, text } };
  },
  limited: () => refusal(429, 20429, 'Too Many Requests'),
});

const refusal = (status: number, code: number, message: string): Told => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

const message = (about: {
  accountSid: string;
  to: string;
  from: string | null;
  service: string | null;
  text: string;
}) => ({
  account_sid: about.accountSid,
  api_version: '2010-04-01',
  body: about.text,
  date_created: 'Thu, 24 Aug 2023 05:01:45 +0000',
  date_sent: null,
  date_updated: 'Thu, 24 Aug 2023 05:01:45 +0000',
  direction: 'outbound-api',
  error_code: null,
  error_message: null,
  from: about.from,
  messaging_service_sid: about.service,
  num_media: '0',
  num_segments: '1',
  price: null,
  price_unit: null,
  sid: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  status: about.service === null ? 'queued' : 'accepted',
  subresource_uris: { media: `/2010-04-01/Accounts/${about.accountSid}/Messages/SMaa/Media.json` },
  to: about.to,
  uri: `/2010-04-01/Accounts/${about.accountSid}/Messages/SMaa.json`,
});
