import { type LoadPlan, runLoad } from './closed-loop.ts';

// A process of its own, so that the load client's work is not counted as the server's.
process.once('message', async (plan: LoadPlan) => {
  process.send?.(await runLoad(plan), () => process.disconnect());
});
