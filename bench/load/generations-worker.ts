import { type GenerationPlan, runGenerations } from './generations.ts';

// A process of its own, so that the load client's work is not counted as a server's.
process.once('message', async (plan: GenerationPlan) => {
  process.send?.(await runGenerations(plan), () => process.disconnect());
});
