import { setFlagsFromString } from 'node:v8';
import { runBesideGateway } from '../../core/telemetry/beside-gateway.ts';
import { startAnomaly } from './anomaly.ts';

// A process that is idle most of the time looks to V8 like one to tidy up: that cost as much as all the reading.
setFlagsFromString('--no-memory-reducer');

await runBesideGateway(startAnomaly);
