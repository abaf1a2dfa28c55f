/**
 * What grok finds in the texts of others. Each is written in the part of regular expressions that Onigmo, joni and
 * JavaScript share (`\A` and `\z` apart), so that the samples can be tried wherever grok runs. Made of nothing but each other:
 * the patterns that Logstash ships change with it.
 */
export const GROK_PATTERNS = {
  CLAWDBOT_INT: '[0-9]{1,18}',
  CLAWDBOT_REST: '[^\\n]{0,8192}',
  CLAWDBOT_WORD: '[A-Za-z_][A-Za-z0-9_]{0,80}',
  CLAWDBOT_NAME: '[A-Za-z0-9<>._+-]{1,64}',
  CLAWDBOT_HOST: '[A-Za-z0-9._-]{1,255}',
  CLAWDBOT_PATH: '[A-Za-z0-9._/+ -]{1,400}',
  CLAWDBOT_PCI: '[0-9A-Fa-f]{2,8}(?::[0-9A-Fa-f]{2}){1,2}(?:\\.[0-9A-Fa-f])?',
  CLAWDBOT_MACRO: 'GGML_[A-Z]{1,20}',
  CLAWDBOT_DEVICE: '(?:CUDA|ROCm|HIP|Vulkan|MUSA) error',
  CLAWDBOT_LETTER: '[DIWE]',
  CLAWDBOT_ID: '[0-9a-f]{12,64}',
  CLAWDBOT_LEVEL: '(?:trace|debug|info|warn|error)',
  CLAWDBOT_ACTION: '[a-z_]{1,40}\\.[a-z_.]{1,60}',
  CLAWDBOT_KERNEL_TIME:
    '(?:[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)',

  /** A line of the kernel as rsyslog and journald write it. */
  CLAWDBOT_KERNEL:
    '\\A%{CLAWDBOT_KERNEL_TIME:[@metadata][time]} %{CLAWDBOT_HOST:[host][hostname]} kernel: (?:\\[ *[0-9.]+\\] )?%{CLAWDBOT_REST:[@metadata][said]}',
  /** The driver of NVIDIA: an error of a device, by its number. */
  CLAWDBOT_XID:
    '\\ANVRM: Xid \\((?:PCI:)?%{CLAWDBOT_PCI:[labels][pci_address]}\\): %{CLAWDBOT_INT:[error][code]}, (?:pid=(?:%{CLAWDBOT_INT:[process][pid]:int}|[^,]{1,40}), )?(?:name=%{CLAWDBOT_NAME:[process][name]}, )?%{CLAWDBOT_REST:[error][message]}',
  CLAWDBOT_NVRM: '\\A(?:NVRM|nvidia[a-z_-]*): %{CLAWDBOT_REST:[error][message]}',
  CLAWDBOT_AMDGPU: '\\Aamdgpu %{CLAWDBOT_PCI:[labels][pci_address]}: (?:amdgpu: )?%{CLAWDBOT_REST:[error][message]}',
  CLAWDBOT_OOM:
    '\\A(?:Memory cgroup o|O)ut of memory: Killed process %{CLAWDBOT_INT:[process][pid]:int} \\(%{CLAWDBOT_NAME:[process][name]}\\)',

  /** ggml gives up: the last words of an engine. */
  CLAWDBOT_ASSERT:
    '\\A%{CLAWDBOT_PATH:[labels][file]}:%{CLAWDBOT_INT:[labels][line]}: %{CLAWDBOT_MACRO:[error][type]}\\(%{CLAWDBOT_REST}',
  CLAWDBOT_DEVICE_ERROR:
    '\\A(?:%{CLAWDBOT_PATH:[labels][file]}:%{CLAWDBOT_INT:[labels][line]}: )?%{CLAWDBOT_DEVICE:[error][type]}: ?%{CLAWDBOT_REST:[error][message]}',
  /** llama.cpp, as our engines pass its errors on. */
  CLAWDBOT_LLAMA: '\\Allama\\.cpp: %{CLAWDBOT_REST:[error][message]}',
  /** llama.cpp, as its own programs write: a clock, a letter for the level, the function. */
  CLAWDBOT_LLAMA_CLOCK:
    '\\A[0-9]+\\.[0-9]{2}\\.[0-9]{3}\\.[0-9]{3} %{CLAWDBOT_LETTER:[@metadata][letter]} (?:%{CLAWDBOT_WORD:[labels][function]}: )?%{CLAWDBOT_REST}',
  CLAWDBOT_OFFLOAD:
    '\\A%{CLAWDBOT_WORD:[labels][function]}: offloaded %{CLAWDBOT_INT:[labels][layers_offloaded]}/%{CLAWDBOT_INT:[labels][layers]} layers to GPU',
  CLAWDBOT_FUNCTION: '\\A%{CLAWDBOT_WORD:[labels][function]}: %{CLAWDBOT_REST}',

  /** What a process of ours writes to a terminal, which in a container is its log. */
  CLAWDBOT_TERMINAL:
    '\\A[0-9]{2}:[0-9]{2}:[0-9]{2} %{CLAWDBOT_LEVEL:[log][level]} +%{CLAWDBOT_ACTION:[event][action]}(?: |\\s*\\z)',
  CLAWDBOT_CONTAINER_FILE: '/containers/%{CLAWDBOT_ID:[container][id]}/',
} as const satisfies Record<`CLAWDBOT_${string}`, string>;

export type GrokName = keyof typeof GROK_PATTERNS;

/** What a text of each origin is tried against, the first that fits wins. */
export const GROK_ORDER = {
  kernel: ['CLAWDBOT_XID', 'CLAWDBOT_NVRM', 'CLAWDBOT_AMDGPU', 'CLAWDBOT_OOM'],
  engine: [
    'CLAWDBOT_ASSERT',
    'CLAWDBOT_DEVICE_ERROR',
    'CLAWDBOT_LLAMA',
    'CLAWDBOT_LLAMA_CLOCK',
    'CLAWDBOT_OFFLOAD',
    'CLAWDBOT_FUNCTION',
  ],
} as const satisfies Record<string, readonly GrokName[]>;

/** The file that Logstash reads them from. */
export const renderPatterns = (): string =>
  `${Object.entries(GROK_PATTERNS)
    .map(([name, pattern]) => `${name} ${pattern}`)
    .join('\n')}\n`;
