import { inOrder, type Resource } from '../resource.ts';
import { pipelines } from './pipelines.ts';
import { policies } from './policies.ts';
import { roles } from './roles.ts';
import type { Shape } from './shape.ts';
import { snapshots } from './snapshots.ts';
import { templates } from './templates.ts';

/** Everything kept on Elasticsearch, in an order in which every beginning of the list is whole by itself. */
export const elasticsearchResources = (shape: Shape): readonly Resource[] =>
  inOrder([...snapshots(shape), ...policies(shape), ...pipelines(shape), ...templates(shape), ...roles(shape)]);
