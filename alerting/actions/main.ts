import { runBesideGateway } from '../../core/telemetry/beside-gateway.ts';
import { startActions } from './actions.ts';

await runBesideGateway(startActions);
