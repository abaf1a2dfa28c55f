import { describe, expect, it } from 'vitest';
import { signAcs3 } from './acs3-signature.ts';
import { signTc3 } from './tc3-signature.ts';

describe('the signature of Tencent Cloud, version 3', () => {
  // The worked example of "Signature v3" (https://cloud.tencent.com/document/api/213/30654), with the half-masked key that an
  // earlier revision of the page prints and signs with: time, body and result, as clients of theirs test them too.
  it('is that of the worked example', () => {
    const authorization = signTc3({
      secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******',
      secretKey: 'Gu5t9xGARNpq86cd98joQYCN3*******',
      service: 'cvm',
      host: 'cvm.tencentcloudapi.com',
      action: 'DescribeInstances',
      body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
      nowMs: 1_551_113_065_000,
    });
    expect(authorization).toBe(
      'TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, ' +
        'SignedHeaders=content-type;host;x-tc-action, ' +
        'Signature=be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3',
    );
  });

  it('takes the date of the timestamp in UTC, up to its last millisecond', () => {
    const scopeAt = (nowMs: number) =>
      /Credential=id\/([^/]+)/.exec(
        signTc3({ secretId: 'id', secretKey: 'k', service: 'sms', host: 'h', action: 'SendSms', body: '', nowMs }),
      )?.[1];
    expect(scopeAt(Date.UTC(2026, 0, 2) - 1)).toBe('2026-01-01');
    expect(scopeAt(Date.UTC(2026, 0, 2))).toBe('2026-01-02');
  });
});

describe('the signature of Alibaba Cloud, version 3', () => {
  const EXAMPLE = {
    accessKeyId: 'YourAccessKeyId',
    accessKeySecret: 'YourAccessKeySecret',
    host: 'ecs.cn-shanghai.aliyuncs.com',
    action: 'RunInstances',
    version: '2014-05-26',
    query: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
    nonce: '3156853299f313e23d1673dc12e1703d',
    nowMs: Date.UTC(2023, 9, 26, 10, 22, 32),
  };

  // The worked example of "V3 request structure and signature mechanism" (https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature).
  it('is that of the worked example', () => {
    expect(signAcs3(EXAMPLE).headers.authorization).toBe(
      'ACS3-HMAC-SHA256 Credential=YourAccessKeyId,' +
        'SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,' +
        'Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
    );
  });

  it('sends the query as it was signed: sorted, and encoded by RFC 3986', () => {
    const { query } = signAcs3({ ...EXAMPLE, query: { b: "a b*'()!~/", a: '告警' } });
    expect(query).toBe('a=%E5%91%8A%E8%AD%A6&b=a%20b%2A%27%28%29%21~%2F');
  });
});
