import { isIPv6 } from 'node:net';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE } from '../rules/features.ts';
import type { TokenRule } from '../rules/rule.ts';

const VERSION_BEFORE = endsWith(
  /(?:\bv|\bver\.?|version|versions|release|released|build|firmware|kernel|driver|sdk|upgrad\w*(?: \w+)? to|update\w*(?: (?!server|host|ip|dns|addr|gateway|proxy|node|record|endpoint)\w+)? to|fixed in|since|introduced in|deprecated in|removed in|at least|更新日志|版本|版本号|固件|升级到|升级至|更新到|更新至|内核|驱动|oid|section|sec\.|requirements?|replaces|notes|cudnn|cuda|torch|tensorrt|nccl|chapter|clause|article|figure|fig\.|table|step|appendix|§|第|条款|章节|node\.?js|gcc|glibc|clang|golang|jdk|jre|php|ruby|python|java|openssl|nginx|chrome|firefox|safari|android|ios|windows|office|edge)(?:号)?["'`)\]>*]{0,3}\s?(?:[:：=|]{1,2}>?)?[*]{0,2}\s{0,2}["'`(（vV]{0,2}$/i,
);
/** Numbers below ten in each place are a section or a version unless an address is spoken of. */
const SMALL = /^(?!(\d)(?:\.\1){3}$)\d\.\d\.\d\.\d$/;
const WORD_BEFORE = endsWith(/[A-Za-z\u4e00-\u9fff][^\n]{0,3}$/);
const ADDRESS_BEFORE = endsWith(
  /(?:\bip|addr\w*|host|server|dns|ping|ssh|from|to|client|gateway|proxy|peer|inet|listen|allow|deny|@|\/\/|地址|主机|服务器|网关|来自|访问)[^\d\n]{0,12}$/i,
);
/** `torch==2.2.3.7` is a version, `host == "10.2.3.7"` a comparison. */
const VERSION_NEAR = endsWith(/(?:(?:版本|固件)[^\d\n]{0,8}|\w==|[~><^]=\s?|[~^]>?\s?|\s<\s)$/);
/** Words of programs and of machines alike: beside them, what begins like a private network is an address. */
const PERHAPS_VERSION = endsWith(
  /(?:\b(?:app|api|tag|plugin|core|module|package|extension|addon|requires?|needs|image|chart|agent|engine|runtime|compiler|compatible with|tested (?:on|with))|支持|兼容|补丁|插件|组件|客户端)["'`(]{0,2}\s?[:：=]?\s?["'`]?$/i,
);
const PRIVATE = /^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.)/;
/** What is raised from one number to another is a version, unless an address is spoken of. */
const RAISED = endsWith(
  /(?:upgrad\w*|downgrad\w*|bump\w*|roll(?:ed|ing)? ?back|hotfix|patch(?:ed)?|changelog)(?:(?!ip|host|server|addr|node|gateway|dns|proxy)[^\n\d]|\d(?!\d*\.\d+\.\d+\.\d)){0,48}$/i,
);
/** The numbers of a list, or the former of two, before this one: what is said of them is said of it. */
const LISTED =
  /(?:\d{1,5}(?:\.\d{1,5}){2,3}["'`]?(?:\s?(?:[,，、;/|~–-]|=>|->|→|and|or|to|和|到|至)\s?|\s)(?:[<>~^=!]{1,2}\s?)?["'`]?){1,4}$/;
/** Nothing, or a line break: the number of a section, with its title after it. */
const LINE_START = /(?:^|\n[ #*]{0,8})$/;
const SAMPLES = /^(?:1\.2\.3\.4|5\.6\.7\.8)$/;
/** Only signs and marks of tables, forms and markup between them. */
const VERSION_MARKED = endsWith(
  /(?:version|firmware|版本号?|固件)(?:<\/?[a-z]{1,8}>|\((?:required|optional)\)|（必填）|[^\w\n<(（]){0,24}$/i,
);
/** The head of a column, or a question, and what follows on the next line. */
const VERSION_ABOVE = endsWith(/(?:version|firmware|版本|固件)["'`)]{0,2}\s?[;,\t|?？][^\n]{0,40}\n[^\n]{0,30}$/i);

const VERSION_AFTER =
  /^\s?(?:版本|版|节|章|条|-(?:alpha|beta|rc|snapshot|release|dev|pre|stable|lts|\d{1,2}(?![\d.]))|\.tar|\.zip|\.jar|\.whl|\.rpm|\.deb|\.exe|\.dmg)/i;
/** Nobody's address: this machine, any machine, masks. */
const NOBODYS_IPV4 = /^(?:127\.|0\.0\.0\.0$|255\.)/;

/** IPv4 addresses. */
export const ipv4: TokenRule = {
  kind: 'token',
  id: 'global.ipv4',
  label: 'IP',
  finds: 'IPv4 addresses, with a port or a prefix length after them too.',
  why: 'four numbers up to 255, where no version or section is named',
  examples: {
    found: ['203.0.113.7', 'http://192.168.1.20:8080/x', '地址是10.1.2.3。'],
    left: ['version 1.2.3.4', 'v1.2.3.4', '1.2.3.4.5', '127.0.0.1', '第3.1.2.4节', 'app-1.2.3.4.tar.gz'],
  },
  needs: FEATURE.digit | FEATURE.dots3,
  minLength: 7,
  pattern:
    /(?:(?<![\p{L}\p{N}.]|\p{L}[_-]|\p{N}_)|(?<=(?<!\p{L})[Ii][Pp]))(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\p{L}\p{N}]|[._][\p{L}\p{N}])/gu,
  refuse({ text, run, start, before }) {
    if (NOBODYS_IPV4.test(text)) return 'the address of any machine';
    const context = before().replace(LISTED, '');
    if (RAISED.test(context) || (!PRIVATE.test(text) && PERHAPS_VERSION.test(context))) return 'a version';
    if (VERSION_BEFORE.test(context) || VERSION_NEAR.test(context) || VERSION_MARKED.test(context))
      return 'a version or a section';
    if (VERSION_ABOVE.test(context) && !ADDRESS_BEFORE.test(context)) return 'a version or a section';
    if (SMALL.test(text) && WORD_BEFORE.test(context) && !ADDRESS_BEFORE.test(context)) return 'a version or a section';
    if (SMALL.test(text) && LINE_START.test(context) && !SAMPLES.test(text)) return 'a section';
    if (
      context.endsWith('/') &&
      /[A-Za-z]\/$/.test(context.slice(-2)) &&
      !/:\/\/[^/]*\/$/.test(context) &&
      !/(?:ip|addr|host|inet)\/$/i.test(context)
    )
      return 'the version of a product';
    if (VERSION_AFTER.test(run.slice(start + text.length, start + text.length + 10))) return 'a version';
    return undefined;
  },
};

const HEX_PAIRS = /^(?:[0-9a-f]{2}:)+[0-9a-f]{2}$/i;

/** IPv6 addresses. */
export const ipv6: TokenRule = {
  kind: 'token',
  id: 'global.ipv6',
  label: 'IP',
  finds: 'IPv6 addresses, shortened or with an IPv4 tail.',
  why: 'the form of RFC 4291, with digits in it',
  examples: {
    found: ['2001:db8::8a2e:370:7334', 'fe80::1ff:fe23:4567:890a'],
    left: ['std::vector', '12:30:45', '::1', 'a::b', 'Foo::Bar::baz'],
  },
  needs: FEATURE.colon | FEATURE.colons,
  minLength: 6,
  pattern:
    /(?<![\p{L}\p{N}.]|[0-9A-Fa-f:：][:：]|[\p{L}\p{N}][_-])[0-9A-Fa-f]{0,4}[:：][0-9A-Fa-f:：]{1,39}(?:[0-9A-Fa-f]|[:：]{2})(?:\.\d{1,3}){0,3}(?![\p{L}\p{N}]|[:：_][\p{L}\p{N}])/gu,
  refuse({ text }) {
    const narrow = text.replace(/：/g, ':');
    const trimmed = narrow.endsWith(':') && !narrow.endsWith('::') ? narrow.slice(0, -1) : narrow;
    if (!isIPv6(trimmed)) return 'not the form of an IPv6 address';
    if (/^[0:]*1?$/.test(trimmed)) return 'the address of any machine';
    if (HEX_PAIRS.test(trimmed)) return 'pairs of hexadecimal digits';
    if (!/\d/.test(trimmed)) return 'no digit in it';
    if (!/[0-9A-Fa-f]{3}|[A-Fa-f]/.test(trimmed) || trimmed.replace(/[:.]/g, '').length < 4)
      return 'too short to be told from code';
    return trimmed.length === text.length ? undefined : { keep: trimmed.length };
  },
};

const MAC_LABEL = endsWith(
  /(?:(?<![a-z])mac(?:[ _-]?addr(?:ess)?)?|hwaddr|bssid|(?<![a-z])ether|物理地址|网卡地址|mac地址)["'`]?\s?(?:[:：=]|是|为|is)?[\s"'`]{0,3}$/i,
);

/** Hardware addresses. */
export const mac: TokenRule = {
  kind: 'token',
  id: 'global.mac',
  label: 'MAC',
  finds: 'Hardware addresses of network cards.',
  why: 'six pairs of hexadecimal digits with one separator',
  examples: {
    found: ['3c:22:fb:9a:10:4e', '3C-22-FB-9A-10-4E', '3c22.fb9a.104e'],
    left: ['12:30:45', '3c:22:fb:9a:10:4e:11:22', 'ff:ff:ff:ff:ff:ff'],
  },
  needs: FEATURE.pairs,
  minLength: 14,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9]_|(?<![A-Za-z0-9])[0-9A-Fa-f]{2}[:：.-])(?:[0-9A-Fa-f]{2}(?:[:：][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![A-Za-z0-9]|[:：._-][A-Za-z0-9])/g,
  refuse({ text, before }) {
    const hex = text.replace(/[:：.-]/g, '').toLowerCase();
    if (/^(?:0{12}|f{12})$/.test(hex)) return 'the address of every card, or of none';
    if (text.includes('.') && /^\d+$/.test(hex) && !MAC_LABEL.test(before())) return 'groups of plain digits';
    return undefined;
  },
};

/** Hardware addresses without separators. */
export const macNamed: TokenRule = {
  kind: 'token',
  id: 'global.mac-named',
  label: 'MAC',
  finds: 'Hardware addresses without separators after a word for them.',
  why: 'twelve hexadecimal digits right after a word for a hardware address',
  examples: { found: ['MAC address: 3C22FB9A104E'], left: ['container 3f4e5d6c7b8a', 'mac: 000000000000'] },
  mention: /mac|hwaddr|bssid|(?<![a-z])ether|地址/i,
  needs: FEATURE.digit,
  minLength: 12,
  pattern: /(?<![A-Za-z0-9_-])[0-9A-Fa-f]{12}(?![A-Za-z0-9_-])/g,
  refuse({ text, before }) {
    if (/^(?:0{12}|f{12})$/i.test(text)) return 'the address of every card, or of none';
    return MAC_LABEL.test(before()) ? undefined : 'no word for a hardware address before it';
  },
};
