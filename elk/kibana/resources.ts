import { inOrder, type Resource } from '../resource.ts';
import { dashboards } from './dashboards.ts';
import { dataViews } from './data-views.ts';
import { kibanaRoles } from './roles.ts';
import { searches } from './searches.ts';
import { type KibanaSettings, spaces } from './space.ts';

/** Everything kept on Kibana. */
export const kibanaResources = (
  settings: KibanaSettings,
  options: { readonly hasSecurity: boolean },
): readonly Resource[] =>
  inOrder([
    ...spaces(settings),
    ...dataViews(settings),
    ...searches(settings),
    ...dashboards(settings),
    ...(options.hasSecurity ? kibanaRoles(settings) : []),
  ]);
