import { LogFile } from '../../core/telemetry/log-file.ts';

// The gateway process as it is shipped, but that a line of a log is thrown away when it is ready to be written.
LogFile.prototype.write = () => {};
await import('../../services/inference/main.ts');
