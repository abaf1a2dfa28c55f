import type { KernelTree } from '../../kernel-tree.ts';

const stat = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194304 99 0 0 0 250 50 0 0 20 0 11 0 20000 3133440 3000 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n`;

/** A process of ours as `/proc` shows it. */
export const processTree = (
  pid: number,
  parent: number,
  cmdline: readonly string[],
  children: readonly number[],
): KernelTree => ({
  [`/proc/${pid}/stat`]: stat(pid, 'node (worker) x', parent),
  [`/proc/${pid}/cmdline`]: `${cmdline.join('\0')}\0`,
  [`/proc/${pid}/task/${pid}/children`]: children.map((child) => `${child} `).join(''),
  [`/proc/${pid}/limits`]:
    'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n',
  [`/proc/${pid}/cgroup`]: '0::/app.slice/clawdbot.service\n',
  ...Object.fromEntries([0, 1, 2].map((handle) => [`/proc/${pid}/fd/${handle}`, ''])),
});

/** The control group of those processes, and the slice around it with a tighter processor limit. */
export const GROUP: KernelTree = {
  '/proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/cpu.stat':
    'usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 100\nnr_throttled 7\nthrottled_usec 1500000\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/cpu.max': '400000 100000\n',
  '/sys/fs/cgroup/app.slice/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/memory.current': '1048576\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/memory.max': '2147483648\n',
  '/sys/fs/cgroup/app.slice/memory.max': 'max\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/memory.events': 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n',
  '/sys/fs/cgroup/app.slice/clawdbot.service/memory.pressure':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n',
};

/** A Linux machine: one disk, one network card, one thermal zone, four processes of ours. */
export const KERNEL: KernelTree = {
  ...processTree(100, 1, ['/opt/node', '/srv/clawdbot/cli/main.ts', 'up'], [101, 103]),
  ...processTree(101, 100, ['/opt/node', '/srv/clawdbot/services/inference/main.ts'], [102]),
  ...processTree(102, 101, ['/opt/node', '/srv/clawdbot/services/engine/main.ts'], []),
  ...processTree(103, 100, ['/opt/node', '/srv/clawdbot/collectors/main.ts'], []),
  ...GROUP,
  '/proc/uptime': '1000.00 3000.00\n',
  '/proc/stat': 'cpu  100 10 50 1000 5 0 3 2 0 0\ncpu0 50 5 25 500 2 0 1 1 0 0\ncpu1 50 5 25 500 3 0 2 1 0 0\nintr 1\n',
  '/proc/loadavg': '0.50 1.25 2.00 2/345 6789\n',
  '/proc/meminfo':
    'MemTotal:       16000 kB\nMemFree:         4000 kB\nMemAvailable:   10000 kB\nBuffers:         1000 kB\nCached:          6000 kB\nSwapTotal:       2000 kB\nSwapFree:        1500 kB\nShmem:            500 kB\nSReclaimable:     700 kB\n',
  '/proc/vmstat': 'pswpin 11\npswpout 22\noom_kill 3\n',
  '/proc/net/dev':
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0: 1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n veth1: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0\n',
  '/proc/diskstats':
    '   7       0 loop0 1 0 1 1 0 0 0 0 0 0 0 0 0 0 0\n 254       0 vda 100 6 800 150 200 7 1600 450 0 300 600 0 0 0 0 1 1\n 254       1 vda1 1 0 1 1 0 0 0 0 0 0 0 0 0 0 0\n',
  '/sys/block/loop0/size': '',
  '/sys/block/vda/size': '',
  '/proc/pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=3000000\n',
  '/proc/pressure/io':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=4\n',
  '/sys/class/thermal/thermal_zone0/type': 'x86_pkg_temp\n',
  '/sys/class/thermal/thermal_zone0/temp': '45000\n',
  '/sys/class/thermal/cooling_device0/type': 'Processor\n',
};

const CARD = '/sys/class/drm/card0/device';

/** An AMD card in sysfs, after the documentation of the amdgpu driver; not taken from hardware. */
export const AMD_CARD: KernelTree = {
  '/sys/class/drm/card0-DP-1/status': 'connected\n',
  '/sys/class/drm/renderD128/dev': '226:128\n',
  [`${CARD}/vendor`]: '0x1002\n',
  [`${CARD}/device`]: '0x744c\n',
  [`${CARD}/unique_id`]: '7a1f0c3d5e9b2468\n',
  [`${CARD}/uevent`]: 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0\n',
  [`${CARD}/product_name`]: 'AMD Radeon PRO W7900\n',
  [`${CARD}/gpu_busy_percent`]: '73\n',
  [`${CARD}/mem_busy_percent`]: '12\n',
  [`${CARD}/mem_info_vram_used`]: '1073741824\n',
  [`${CARD}/mem_info_vram_total`]: '48301604864\n',
  [`${CARD}/current_link_width`]: '16\n',
  [`${CARD}/max_link_width`]: '16\n',
  [`${CARD}/ras/umc_err_count`]: 'ue: 0\nce: 3\n',
  [`${CARD}/hwmon/hwmon4/temp1_input`]: '55000\n',
  [`${CARD}/hwmon/hwmon4/temp1_label`]: 'edge\n',
  [`${CARD}/hwmon/hwmon4/temp1_crit`]: '100000\n',
  [`${CARD}/hwmon/hwmon4/temp2_input`]: '71000\n',
  [`${CARD}/hwmon/hwmon4/temp2_label`]: 'junction\n',
  [`${CARD}/hwmon/hwmon4/temp2_crit`]: '110000\n',
  [`${CARD}/hwmon/hwmon4/temp3_input`]: '68000\n',
  [`${CARD}/hwmon/hwmon4/temp3_label`]: 'mem\n',
  [`${CARD}/hwmon/hwmon4/power1_average`]: '187000000\n',
  [`${CARD}/hwmon/hwmon4/power1_cap`]: '241000000\n',
  [`${CARD}/hwmon/hwmon4/freq1_input`]: '1855000000\n',
  [`${CARD}/hwmon/hwmon4/freq2_input`]: '1124000000\n',
  [`${CARD}/hwmon/hwmon4/pwm1`]: '102\n',
};
