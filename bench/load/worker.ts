import { once } from 'node:events';
import { type LoadPlan, openLoad } from './closed-loop.ts';

// A process of its own, so that the load client's work is not counted as the server's. It says when its connections are
// open and begins when it is told to, so that whoever counts leaves out what opening them costs.
process.once('message', async (plan: LoadPlan) => {
  const opened = await openLoad(plan);
  const told = once(process, 'message');
  process.send?.('open');
  await told;
  process.send?.(await opened.run(), () => process.disconnect());
});
