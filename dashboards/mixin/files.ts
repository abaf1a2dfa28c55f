import { parse, stringify } from 'yaml';
import { renderRules } from '../../alerting/rules/render.ts';
import { type RuleConfig, tuningOf } from '../../alerting/rules/tuning.ts';
import { buildBoards } from '../boards/index.ts';
import { render } from '../json-files.ts';
import { readMe } from './read-me.ts';

export interface MixinOptions {
  /** Limits of alerts, and the lines that boards draw, are those of this configuration. */
  readonly config: RuleConfig;
  readonly namespace: string;
}

/** `alerting/rules/` and `dashboards/` as objects of Kubernetes, by the path of their file in the folder. */
export const mixinFiles = ({ config, namespace }: MixinOptions): Readonly<Record<string, string>> => {
  const rules = Object.entries(renderRules(config)).map(([name, text]) => ruleManifest(name, text));
  const boards = buildBoards(tuningOf(config)).map((built) => boardManifest(built.file, render(built)));
  const objects = [...rules, ...boards].map(({ path, object }) => [path, write(object)] as const);
  const resources = objects.map(([path]) => path);
  return {
    ...Object.fromEntries(objects),
    'kustomization.yaml': write({
      ...{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', namespace, resources },
    }),
    'README.md': readMe(namespace),
  };
};

interface Manifest {
  readonly path: string;
  readonly object: object;
}

const PART_OF = { 'app.kubernetes.io/part-of': 'clawdbot' };
/** What the Prometheus of kube-prometheus chooses rules by, where it does not take all of them. */
const CHOSEN = { prometheus: 'k8s', role: 'alert-rules' };

const ruleManifest = (file: string, text: string): Manifest => {
  const name = file.replace(/\.yml$/, '');
  const { groups } = parse(text) as { groups: unknown }; // written by renderRules
  const metadata = { name: `clawdbot-${name}`, labels: { ...PART_OF, ...CHOSEN } };
  return {
    path: `rules/${name}.yaml`,
    object: { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: { groups } },
  };
};

const boardManifest = (file: string, json: string): Manifest => ({
  path: `dashboards/${file.replace(/\.json$/, '.yaml')}`,
  object: {
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: {
      name: `dashboard-${file.replace(/\.json$/, '')}`,
      // What the sidecar beside Grafana looks for, and the folder it puts them into.
      labels: { ...PART_OF, grafana_dashboard: '1' },
      annotations: { grafana_folder: 'Clawdbot' },
    },
    data: { [file]: json },
  },
});

const write = (object: object): string => stringify(object, { lineWidth: 0 });
