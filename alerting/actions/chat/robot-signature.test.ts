import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signDingTalk, signFeishu } from './robot-signature.ts';

describe('the signatures of robots', () => {
  // Feishu's page has code but no result. This one is in the tests of go-lark, a client library in use for years.
  it('of Feishu agrees with the published client library', () => {
    expect(signFeishu('xxx', 1_661_860_880)).toBe('QnWVTSBe6FmQDE0bG6X0mURbI+DnvVyu1h+j5dHOjrU=');
  });

  // Computed with the Python program on DingTalk's page "custom robot security settings" for its secret; the page has no result.
  it('of DingTalk agrees with the program on its page', () => {
    expect(signDingTalk('this is secret', 1_577_262_236_757)).toBe(DINGTALK);
  });

  it('are not each other’s: one is keyed with the secret, the other with time and secret', () => {
    expect(signFeishu('s', 1)).not.toBe(signDingTalk('s', 1));
    expect(signDingTalk('s', 1)).toBe(createHmac('sha256', 's').update('1\ns').digest('base64'));
  });
});

const DINGTALK = 'hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=';
