/** What a boundary must know about an error code, without reading its message. */
export interface ErrorRow {
  /** HTTP status when it reaches a client. */
  readonly status: number;
  /** True when the same request can succeed later; the answer then carries `Retry-After`. */
  readonly retryable: boolean;
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What the reader should do, one sentence. */
  readonly remedy: string;
  /** `type` and `code` of the OpenAI error shape. */
  readonly openai: { readonly type: string; readonly code: string | null };
}

const invalid = (code: string | null = null) => ({ type: 'invalid_request_error', code }) as const;
const server = (code: string | null = null) => ({ type: 'server_error', code }) as const;

/** Every error the product can answer with. Stable once shipped; `docs/errors.md` is generated from it. */
export const ERROR_CODES = {
  // http
  ERR_HTTP_BODY_INVALID: {
    status: 400,
    retryable: false,
    meaning: 'The body or a parameter does not match the schema of the route.',
    remedy: 'Read `details`: each entry names the field, what was expected and what arrived.',
    openai: invalid(),
  },
  ERR_HTTP_JSON_MALFORMED: {
    status: 400,
    retryable: false,
    meaning: 'The body is not valid JSON, not valid UTF-8, nested too deeply, or names a field twice.',
    remedy: 'Send UTF-8 JSON no deeper than `server.maxJsonDepth`.',
    openai: invalid(),
  },
  ERR_HTTP_CONTENT_TYPE: {
    status: 415,
    retryable: false,
    meaning: 'The content type of the body is not one the route reads.',
    remedy: 'Send `content-type: application/json`.',
    openai: invalid(),
  },
  ERR_HTTP_BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    meaning: 'The body is larger than `server.maxBodyBytes`.',
    remedy: 'Send less, or raise the limit.',
    openai: invalid(),
  },
  ERR_HTTP_URL_TOO_LONG: {
    status: 414,
    retryable: false,
    meaning: 'The URL is longer than `server.maxUrlLength`.',
    remedy: 'Put the data into the body.',
    openai: invalid(),
  },
  ERR_HTTP_HEAD_TOO_LARGE: {
    status: 431,
    retryable: false,
    meaning: 'The head of the request is larger than `server.maxHeaderBytes` or `server.maxHeaders`.',
    remedy: 'Send fewer or shorter headers, or raise the limit.',
    openai: invalid(),
  },
  ERR_HTTP_MALFORMED: {
    status: 400,
    retryable: false,
    meaning: 'The request is not valid HTTP.',
    remedy: 'Mend the client: request line, headers, host or URL are not well formed.',
    openai: invalid(),
  },
  ERR_HTTP_PROFILE_BUSY: {
    status: 409,
    retryable: false,
    meaning: 'This process is being profiled already.',
    remedy: 'Wait for the profile under way.',
    openai: invalid('profile_busy'),
  },
  ERR_HTTP_BODY_TIMEOUT: {
    status: 408,
    retryable: true,
    meaning:
      'Head or body did not arrive within `server.headTimeoutMs` and `server.bodyTimeoutMs`, or came too slowly.',
    remedy: 'Send the request without pauses.',
    openai: invalid(),
  },
  ERR_HTTP_BODIES_FULL: {
    status: 503,
    retryable: true,
    meaning: 'All requests together send more than `server.maxBodiesBytes` at this moment.',
    remedy: 'Wait `Retry-After` seconds; raise the limit if the machine has memory.',
    openai: server('overloaded'),
  },
  ERR_HTTP_PIPELINED: {
    status: 429,
    retryable: true,
    meaning: 'More than `server.maxPipelined` requests are under way on one HTTP/1.1 connection.',
    remedy: 'Wait for answers, or open more connections.',
    openai: { type: 'rate_limit_error', code: 'too_many_pipelined' },
  },
  ERR_HTTP_READER_STALLED: {
    status: 408,
    retryable: true,
    meaning: 'The client reads its answer more slowly than `server.readTimeoutMs` allows, or not at all.',
    remedy: 'Read the answer while it is sent; only the log shows this code, because the connection is cut.',
    openai: invalid(),
  },
  ERR_HTTP_EXPECTATION: {
    status: 417,
    retryable: false,
    meaning: 'The `Expect` header asks for something other than `100-continue`.',
    remedy: 'Leave the header out.',
    openai: invalid(),
  },
  ERR_HTTP_MISDIRECTED: {
    status: 421,
    retryable: false,
    meaning: 'The request is addressed to a host that `server.hosts` does not name.',
    remedy: 'Use a name the service has, or add it to `server.hosts`.',
    openai: invalid(),
  },
  ERR_HTTP_NOT_FOUND: {
    status: 404,
    retryable: false,
    meaning: 'No such route or resource.',
    remedy: 'See `/docs` for the routes.',
    openai: invalid(),
  },
  ERR_HTTP_METHOD: {
    status: 405,
    retryable: false,
    meaning: 'The route exists but not with this method.',
    remedy: 'Use a method named in the `Allow` header.',
    openai: invalid(),
  },
  ERR_HTTP_NOT_ACCEPTABLE: {
    status: 406,
    retryable: false,
    meaning: 'None of the media types in `Accept` can be produced.',
    remedy: 'Ask for a media type the route documents.',
    openai: invalid(),
  },
  ERR_HTTP_UNSUPPORTED_CONTENT: {
    status: 400,
    retryable: false,
    meaning: 'A message part is of a kind the model cannot read, such as an image or audio.',
    remedy: 'Send text parts only.',
    openai: invalid('unsupported_content'),
  },
  ERR_HTTP_UNSUPPORTED_PARAMETER: {
    status: 400,
    retryable: false,
    meaning: 'The API defines this parameter or value, but this service does not support it.',
    remedy: 'Leave the parameter out; it is named in the message.',
    openai: invalid('unsupported_parameter'),
  },
  ERR_HTTP_INTERNAL: {
    status: 500,
    retryable: false,
    meaning: 'A defect of the service.',
    remedy: 'Report the request id; the log line with it holds the cause.',
    openai: server('internal_error'),
  },
  // auth
  ERR_AUTH_ADDRESS: {
    status: 403,
    retryable: false,
    meaning: 'The client address is not in `auth.allow`.',
    remedy: 'Add its network to `auth.allow`, or call from an allowed one.',
    openai: { type: 'permission_error', code: 'address_not_allowed' },
  },
  ERR_AUTH_CREDENTIAL_MISSING: {
    status: 401,
    retryable: false,
    meaning: 'No credential was sent.',
    remedy: 'Send `authorization: Bearer <token or key>`.',
    openai: { type: 'authentication_error', code: 'missing_api_key' },
  },
  ERR_AUTH_CREDENTIAL_INVALID: {
    status: 401,
    retryable: false,
    meaning: 'The credential is malformed, expired, revoked, or not signed by a trusted key.',
    remedy: 'Mint a new one: `clawdbot token mint` or `clawdbot key create`.',
    openai: { type: 'authentication_error', code: 'invalid_api_key' },
  },
  ERR_AUTH_THROTTLED: {
    status: 429,
    retryable: true,
    meaning:
      'The address sent too many wrong credentials; credentials that are known to be good still work from there.',
    remedy: 'Wait for `Retry-After`, then send a valid credential; the limit is `auth.throttle`.',
    openai: { type: 'rate_limit_error', code: 'too_many_invalid_credentials' },
  },
  ERR_AUTH_SCOPE: {
    status: 403,
    retryable: false,
    meaning: 'The credential lacks the scope of this route.',
    remedy: 'Use a credential with the scope named in `details`.',
    openai: { type: 'permission_error', code: 'insufficient_scope' },
  },
  // audit
  ERR_AUDIT_UNAVAILABLE: {
    status: 503,
    retryable: true,
    meaning: 'The audit trail cannot be written, and `audit.onFailure` is `refuse`.',
    remedy: 'Make room on the disk or mend the permissions of the audit folder; the service goes on by itself.',
    openai: server('audit_unavailable'),
  },
  ERR_AUDIT_BROKEN: {
    status: 500,
    retryable: false,
    meaning: 'The audit trail or its content is not what was written.',
    remedy: 'Run `clawdbot audit verify` and keep a copy of the folder as it is.',
    openai: server('internal_error'),
  },
  ERR_AUDIT_CONTENT: {
    status: 400,
    retryable: false,
    meaning: 'Sealed content cannot be opened with this key, or the key is none.',
    remedy: "Use the private key that belongs to the auditor's public key of that time.",
    openai: invalid(),
  },
  // redact
  ERR_REDACT_BLOCKED: {
    status: 422,
    retryable: false,
    meaning: 'The request or the answer holds what the redaction policy of this caller does not let through.',
    remedy: 'Take out what the named rule looks for; the operator sets its action under `redaction.policies`.',
    openai: invalid('redaction_blocked'),
  },
  ERR_REDACT_FAILED: {
    status: 500,
    retryable: false,
    meaning: 'The redactor failed, and what it could not check is not passed on.',
    remedy: 'Report it with the request id; the log names the cause.',
    openai: server('redaction_failed'),
  },
  // admit
  ERR_ADMIT_QUEUE_FULL: {
    status: 503,
    retryable: true,
    meaning: 'The service works at its limit and its queue is full.',
    remedy: 'Wait `Retry-After` seconds; raise `limits` if the machine has room.',
    openai: server('overloaded'),
  },
  ERR_ADMIT_RATE: {
    status: 429,
    retryable: true,
    meaning: 'This key used up its requests or tokens of the minute.',
    remedy: 'Wait `Retry-After` seconds.',
    openai: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  },
  ERR_ADMIT_CONCURRENCY: {
    status: 429,
    retryable: true,
    meaning: 'This key has as many requests under way as it may.',
    remedy: 'Wait for one to finish.',
    openai: { type: 'rate_limit_error', code: 'concurrency_limit_exceeded' },
  },
  ERR_ADMIT_DEADLINE: {
    status: 504,
    retryable: true,
    meaning: 'The deadline of the request passed before its answer was complete.',
    remedy: 'Allow more time with `deadlineMs`, or ask for fewer tokens.',
    openai: server('deadline_exceeded'),
  },
  ERR_ADMIT_SHED: {
    status: 503,
    retryable: true,
    meaning: 'The service has too much to do, and requests of low priority are refused for a while.',
    remedy: 'Wait as long as `Retry-After` says, or ask with a higher priority.',
    openai: server('overloaded'),
  },
  ERR_ADMIT_DRAINING: {
    status: 503,
    retryable: true,
    meaning: 'The service is stopping and takes no new requests.',
    remedy: 'Retry after the restart.',
    openai: server('draining'),
  },
  // models
  ERR_MODELS_UNKNOWN: {
    status: 404,
    retryable: false,
    meaning: 'No model of this id is configured.',
    remedy: 'Use one of the ids in `details`, or `clawdbot models add`.',
    openai: invalid('model_not_found'),
  },
  ERR_MODELS_SCENARIO_UNKNOWN: {
    status: 400,
    retryable: false,
    meaning: 'No scenario of this name is configured.',
    remedy: 'Use one of the names in `details`.',
    openai: invalid('unknown_scenario'),
  },
  ERR_MODELS_EGRESS: {
    status: 403,
    retryable: false,
    meaning: 'The model runs on another machine, and the request may not leave this one.',
    remedy: 'Choose a model that runs here, or permit it: `scenarios.<name>.egress` and a row in `egress.allow`.',
    openai: invalid('egress_forbidden'),
  },
  ERR_MODELS_NONE_FITS: {
    status: 422,
    retryable: false,
    meaning: 'No configured model meets the constraints of the scenario.',
    remedy: 'Run the command in `details.suggestion`, or give the scenario a fallback.',
    openai: invalid('no_model_fits'),
  },
  ERR_MODELS_CAPABILITY: {
    status: 400,
    retryable: false,
    meaning: 'The model cannot do what was asked, such as embeddings.',
    remedy: 'Choose another model.',
    openai: invalid('unsupported_operation'),
  },
  ERR_MODELS_SOURCE: {
    status: 503,
    retryable: true,
    meaning: 'No source of the model could deliver its file.',
    remedy: 'Read the reasons per source; fetch the file by hand if the machine is offline.',
    openai: server('model_unavailable'),
  },
  ERR_MODELS_HASH: {
    status: 503,
    retryable: false,
    meaning: 'The downloaded file is not the one that was asked for (sha256 differs).',
    remedy: 'Check the source and the expected hash.',
    openai: server('model_unavailable'),
  },
  ERR_MODELS_FILE: {
    status: 503,
    retryable: false,
    meaning: 'The model file is truncated, not a GGUF file, or of an unknown version.',
    remedy: 'Download it again: `clawdbot models pull`.',
    openai: server('model_unavailable'),
  },
  ERR_MODELS_DISK: {
    status: 503,
    retryable: true,
    meaning: 'There is not enough room on disk for the model.',
    remedy: 'Free the space named in the message, or set `CLAWDBOT_MODELS_DIR`.',
    openai: server('model_unavailable'),
  },
  ERR_MODELS_QUANTIZE: {
    status: 422,
    retryable: false,
    meaning: 'The model cannot be quantised as asked.',
    remedy: 'The message names the type, the file or the place that is in the way.',
    openai: invalid(),
  },
  ERR_MODELS_ARCHITECTURE: {
    status: 503,
    retryable: false,
    meaning: 'The pinned llama.cpp does not know the architecture of this model.',
    remedy: 'Serve it with an engine that does and use `engine: openai`.',
    openai: server('model_unavailable'),
  },
  // alerts
  ERR_ALERTS_UNREACHABLE: {
    status: 503,
    retryable: true,
    meaning: 'No Alertmanager runs, or it cannot be reached.',
    remedy: 'Start it with `clawdbot up`, or name another with `--alertmanager`.',
    openai: server(),
  },
  ERR_ALERTS_REFUSED: {
    status: 400,
    retryable: false,
    meaning: 'What was asked of Alertmanager cannot be done.',
    remedy: 'The message says why; `clawdbot alerts list` shows what fires and what is silenced.',
    openai: invalid(),
  },
  // elk
  ERR_ELK_UNREACHABLE: {
    status: 503,
    retryable: true,
    meaning: 'Elasticsearch or Kibana cannot be reached, or what answers there is neither.',
    remedy: 'Check `elk.elasticsearch.url`, `elk.kibana.url` and `caFile`; the message says which.',
    openai: server(),
  },
  ERR_ELK_LOGIN: {
    status: 401,
    retryable: false,
    meaning: 'Elasticsearch or Kibana does not take the login, or the login lacks a privilege.',
    remedy: 'Check the API key or password file; the message lists the privileges that are missing.',
    openai: invalid(),
  },
  ERR_ELK_UNFIT: {
    status: 409,
    retryable: false,
    meaning: 'The cluster is too old, is read-only, is not healthy, or lacks a part; nothing was changed.',
    remedy: 'Do what the message says, or leave the part out with `--without`.',
    openai: invalid(),
  },
  ERR_ELK_DESTRUCTIVE: {
    status: 409,
    retryable: false,
    meaning: 'A change would delete documents sooner, or replace what somebody else made; nothing was changed.',
    remedy: 'Read the list; `--allow-destructive` does it all the same.',
    openai: invalid(),
  },
  ERR_ELK_FAILED: {
    status: 502,
    retryable: false,
    meaning: 'Elasticsearch or Kibana refused a change; the changes before it were taken back.',
    remedy: 'The message says which and why; `clawdbot elk check` shows what is there now.',
    openai: server(),
  },
  // route
  ERR_ROUTE_NO_REPLICA: {
    status: 503,
    retryable: true,
    meaning: 'No replica of the model can answer now (loading, restarting, or stopped).',
    remedy: 'Wait `Retry-After` seconds; `clawdbot status` shows the state.',
    openai: server('model_not_ready'),
  },
  ERR_ROUTE_BREAKER_OPEN: {
    status: 503,
    retryable: true,
    meaning: 'The circuit breaker of the model is open, or half open and trying as many requests as it may.',
    remedy: 'Wait as long as `Retry-After` says, or close it with `clawdbot breaker close`.',
    openai: server('breaker_open'),
  },
  ERR_ROUTE_NO_CORES: {
    status: 409,
    retryable: false,
    meaning: 'Another replica would take CPU threads the running ones need.',
    remedy: 'Lower `threads` per replica, or run fewer replicas.',
    openai: invalid('no_free_cores'),
  },
  ERR_ROUTE_NO_MEMORY: {
    status: 409,
    retryable: false,
    meaning: 'Another replica does not fit into the memory of this machine.',
    remedy: 'Choose fewer replicas, slots or context, or a smaller quantisation.',
    openai: invalid('no_memory'),
  },
  ERR_ROUTE_DEVICE: {
    status: 503,
    retryable: true,
    meaning: 'The accelerator a model is to run on is not there, is full, or was not used by its engine.',
    remedy: 'Mend the device or its driver, name another in `device`, or set `allowCpuFallback`.',
    openai: server('model_unavailable'),
  },
  // engine
  ERR_ENGINE_DIED: {
    status: 503,
    retryable: true,
    meaning: 'The engine process ended while it worked on this request.',
    remedy: 'Send the request again; the engine restarts by itself.',
    openai: server('engine_died'),
  },
  ERR_ENGINE_FAILED: {
    status: 503,
    retryable: true,
    meaning: 'The engine reported a failure for this request.',
    remedy: 'Send the request again; the log line of the request id holds the cause.',
    openai: server('engine_failed'),
  },
  ERR_ENGINE_CONTEXT_OVERFLOW: {
    status: 400,
    retryable: false,
    meaning: 'Prompt and answer do not fit into the context of the model.',
    remedy: 'Shorten the prompt; `details` holds both token counts.',
    openai: invalid('context_length_exceeded'),
  },
  ERR_ENGINE_GRAMMAR: {
    status: 400,
    retryable: false,
    meaning: 'The response format cannot be turned into a grammar.',
    remedy: 'Use a JSON schema of the documented subset.',
    openai: invalid('invalid_response_format'),
  },
  ERR_ENGINE_LOAD: {
    status: 503,
    retryable: true,
    meaning: 'The engine could not load the model.',
    remedy: 'The message names the cause; `clawdbot status` shows the state.',
    openai: server('model_unavailable'),
  },
  // jobs
  ERR_JOBS_NOT_FOUND: {
    status: 404,
    retryable: false,
    meaning: 'No job of this id belongs to the caller, or its retention has passed.',
    remedy: 'Check the id; results are kept for `jobs.retentionMs`.',
    openai: invalid('job_not_found'),
  },
  ERR_JOBS_IDEMPOTENCY: {
    status: 422,
    retryable: false,
    meaning: 'The `Idempotency-Key` was used before with another body.',
    remedy: 'Use a new key for a new request.',
    openai: invalid('idempotency_key_reused'),
  },
  ERR_JOBS_CALLBACK: {
    status: 400,
    retryable: false,
    meaning: 'The `callbackUrl` is not allowed.',
    remedy: 'Add its host to `jobs.callbacks.allow`.',
    openai: invalid('callback_not_allowed'),
  },
  ERR_JOBS_FULL: {
    status: 503,
    retryable: true,
    meaning: 'As many jobs are waiting as `jobs.maxQueued` allows, or the disk is full.',
    remedy: 'Wait `Retry-After` seconds.',
    openai: server('overloaded'),
  },
  ERR_JOBS_STORE: {
    status: 503,
    retryable: false,
    meaning:
      'The job database cannot be opened or read: damaged, made by a newer version, or in use by another process.',
    remedy: 'Do what the message says; the file is never replaced by itself, because it holds accepted jobs.',
    openai: server('job_store_unavailable'),
  },
  // usage
  ERR_USAGE_STORE: {
    status: 503,
    retryable: true,
    meaning: 'The daily usage cannot be written, read or changed now; what is counted meanwhile is kept in memory.',
    remedy: 'Look for `usage.write_failed` in the app log: the disk is full, or the usage database is damaged.',
    openai: server('usage_store_unavailable'),
  },
  // actions
  ERR_ACTIONS_STORE: {
    status: 503,
    retryable: true,
    meaning:
      'The database of the actions cannot be opened or written: the disk is full, it is damaged, or another process has it.',
    remedy: 'Do what the message says; Alertmanager sends its webhook again meanwhile.',
    openai: server('actions_store_unavailable'),
  },
  ERR_ACTIONS_BUSY: {
    status: 503,
    retryable: true,
    meaning: 'More webhooks are being taken in than the actions process works on at once.',
    remedy: 'Nothing: Alertmanager sends it again.',
    openai: server('overloaded'),
  },
  ERR_ANOMALY_SOURCE: {
    status: 503,
    retryable: true,
    meaning: 'The anomaly detector could not read what it looks at.',
    remedy: 'See that Prometheus or Elasticsearch answers; it is asked again in the next interval.',
    openai: server('anomaly_source_unavailable'),
  },
  ERR_ACTIONS_MEASURE: {
    status: 503,
    retryable: true,
    meaning: 'Prometheus cannot be asked for a measurement an action needs.',
    remedy: 'See that Prometheus runs (`clawdbot status`), or name it in `actions.prometheusUrl`.',
    openai: server('prometheus_unavailable'),
  },

  // egress
  ERR_EGRESS_REFUSED: {
    status: 502,
    retryable: false,
    meaning:
      'An outgoing connection was not made: nobody allowed its host for this purpose, or its address is not public.',
    remedy: 'Add the row that the message names to `egress.allow`; see `clawdbot egress list`.',
    openai: server('egress_refused'),
  },
  // config and command line
  ERR_CONFIG_INVALID: {
    status: 400,
    retryable: false,
    meaning: 'The configuration is not valid.',
    remedy: 'Mend each place that is named; `clawdbot config check` reads it again.',
    openai: invalid(),
  },
  ERR_SERVICE_INSTALL: {
    status: 500,
    retryable: false,
    meaning: 'The unit of the service cannot be written, or systemd refuses it.',
    remedy:
      'Mend what the message says; `clawdbot service install --print` shows the unit, for a machine without systemd as well.',
    openai: server('internal_error'),
  },
  ERR_BACKUP_READ: {
    status: 500,
    retryable: false,
    meaning:
      'A backup was not made or not brought back: nothing to keep, another passphrase, a damaged file, or something that would be replaced.',
    remedy: 'Mend what the message says; nothing was changed.',
    openai: server('internal_error'),
  },
  ERR_CONFIG_DATA_FOLDER: {
    status: 500,
    retryable: false,
    meaning: 'A file of the data folder cannot be read or written.',
    remedy: 'Mend the permissions, or choose another folder with `--data`.',
    openai: server('internal_error'),
  },
} as const satisfies Record<`ERR_${string}`, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_CODES;
