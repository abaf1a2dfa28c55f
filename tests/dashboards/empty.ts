type Reasons = Readonly<Record<string, string>>;

/** Of control groups, disks and networks every machine has others, or none. */
const BY_KERNEL = 'counted where the kernel keeps it (control groups v2 with pressure stall information)';
const BY_LIMIT = 'there where somebody has set a limit for the control group';
const BY_PARTS = 'there where the machine has such a part, and lets it be read';

const SCRIPTED = 'the scripted engine has neither batches nor key-value memory';
const NO_PIPELINE = 'no pipeline of logs runs here';
const NO_LIMIT = 'nvidia-smi tells the degrees that are left instead; other makes tell the limit';

/** Questions that nothing answers in the eventful service, each with the reason. One that is answered after all fails. */
export const EMPTY: Reasons = {
  'Inference › How full is the key-value memory? › A': SCRIPTED,
  'Inference › How many answers are computed together? › A': SCRIPTED,
  'Logs › Does the store refuse any? › A': NO_PIPELINE,
  'Logs › How full are the queues of the pipeline? › A': NO_PIPELINE,
  'Logs › How full are the queues of the pipeline? › B': NO_PIPELINE,
  'Logs › How long do lines wait on their way? › A': NO_PIPELINE,
  'Logs › How many events pass each stage? › A': NO_PIPELINE,
  'Logs › How many events wait in each stage? › A': NO_PIPELINE,
  'Logs › Is any line lost here? › A': 'every line is written here',
  'Logs › Is any line lost here? › B': 'the receiver takes every span and record here',
  'Security & privacy › Could any text not be checked? › A': 'the redactor checks everything here',
  'Security & privacy › Is the audit trail written? › A': 'every record is written here',
  'rules › job_instance_model:clawdbot_engine_batch_size:rate1m': SCRIPTED,
  'rules › job_instance_model:clawdbot_engine_batch_size:sum_rate1m': SCRIPTED,
  'rules › job_instance_model:clawdbot_kv_cache_usage_ratio:max1m': SCRIPTED,
  'rules › job_instance_stage:clawdbot_logs_pipeline_lag_seconds:max1m': NO_PIPELINE,
  'rules › job_instance_stage:clawdbot_logs_pipeline_waiting:max1m': NO_PIPELINE,
  'rules › job_instance_stage:clawdbot_logs_pipeline_queue_usage_ratio:max1m': NO_PIPELINE,
  'rules › job_instance_stage:clawdbot_logs_pipeline_dead_letters_usage_ratio:max1m': NO_PIPELINE,
  'rules › job_instance_device_hw_sensor_location:hw_temperature_limit_celsius:min1m': NO_LIMIT,
  'rules › job_instance_stage_outcome:clawdbot_logs_pipeline_events:increase1m': NO_PIPELINE,
};

/** Questions that are answered on some machines and not on others, each with what decides. */
export const BY_MACHINE: Reasons = {
  'Engines & capacity › Headroom › B':
    'a forecast needs sixty recorded samples, which only a slow machine has time for',
  'Hardware › Does anything wait for memory? › B': BY_KERNEL,
  'Reliability › What had to be tried again? › B':
    'an action is tried again where the machine is too slow to answer it',
  'rules › job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m': BY_KERNEL,
  'rules › job_instance:clawdbot_host_memory_stalled:ratio_rate5m': BY_KERNEL,
};

/** Metrics that the eventful service never has, each with the reason. One that is there after all fails. */
export const ABSENT: Reasons = {
  clawdbot_engine_batch_size_count: SCRIPTED,
  clawdbot_engine_batch_size_sum: SCRIPTED,
  clawdbot_kv_cache_usage_ratio: SCRIPTED,
  'job_instance_model:clawdbot_engine_batch_size:rate1m': SCRIPTED,
  'job_instance_model:clawdbot_engine_batch_size:sum_rate1m': SCRIPTED,
  'job_instance_model:clawdbot_kv_cache_usage_ratio:max1m': SCRIPTED,
  'job_instance_stage:clawdbot_logs_pipeline_lag_seconds:max1m': NO_PIPELINE,
  'job_instance_stage:clawdbot_logs_pipeline_waiting:max1m': NO_PIPELINE,
  'job_instance_stage:clawdbot_logs_pipeline_queue_usage_ratio:max1m': NO_PIPELINE,
  'job_instance_stage:clawdbot_logs_pipeline_dead_letters_usage_ratio:max1m': NO_PIPELINE,
  'job_instance_device_hw_sensor_location:hw_temperature_limit_celsius:min1m': NO_LIMIT,
  'job_instance_stage_outcome:clawdbot_logs_pipeline_events:increase1m': NO_PIPELINE,
  clawdbot_logs_pipeline_dead_letters_usage_ratio: NO_PIPELINE,
  clawdbot_logs_pipeline_events_total: NO_PIPELINE,
  clawdbot_logs_pipeline_lag_seconds: NO_PIPELINE,
  clawdbot_logs_pipeline_queue_usage_ratio: NO_PIPELINE,
  clawdbot_logs_pipeline_waiting: NO_PIPELINE,
  hw_temperature_limit_celsius: NO_LIMIT,
};

/** Metrics that some machines have and others have not. */
export const ABSENT_BY_MACHINE: Reasons = {
  clawdbot_actions_oldest_age_seconds: 'there while a task waits, and a fast machine does each before the next scrape',
  clawdbot_cgroup_cpu_limit: BY_LIMIT,
  clawdbot_cgroup_memory_limit_bytes: BY_LIMIT,
  clawdbot_cgroup_pressure_time_seconds_total: BY_KERNEL,
  clawdbot_host_pressure_time_seconds_total: BY_KERNEL,
  'job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m': BY_KERNEL,
  'job_instance:clawdbot_host_memory_stalled:ratio_rate5m': BY_KERNEL,
  clawdbot_cgroup_throttled_time_seconds_total: BY_KERNEL,
  system_disk_io_bytes_total: BY_PARTS,
  system_disk_operations_total: BY_PARTS,
  system_disk_operation_time_seconds_total: BY_PARTS,
  system_disk_io_time_seconds_total: BY_PARTS,
  system_network_io_bytes_total: BY_PARTS,
  system_network_errors_total: BY_PARTS,
  system_network_packet_dropped_total: BY_PARTS,
};
