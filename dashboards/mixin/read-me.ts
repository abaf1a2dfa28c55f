import { COLLECTORS, GATEWAY } from '../../alerting/rules/promql.ts';

/** What whoever finds the folder has to know. */
export const readMe = (namespace: string): string => `# Clawdbot for kube-prometheus

Written by \`npm run mixin\`; do not edit. It needs no other part of Clawdbot's repository.

| folder | holds |
| --- | --- |
| \`rules/\` | recording and alerting rules, one \`PrometheusRule\` for each group |
| \`dashboards/\` | boards for Grafana, one \`ConfigMap\` each, labelled \`grafana_dashboard: "1"\` |

    kubectl apply -k . # into the namespace ${namespace}; npm run mixin -- --namespace names another

- The rules and the boards know the scraped processes by their job: \`${GATEWAY}\` is the gateway, \`${COLLECTORS}\` the
  collectors, \`clawdbot-actions\` the actions. Name them so in your \`ServiceMonitor\`: \`jobLabel\`, or a relabelling to \`job\`.
- Prometheus takes the rules by the labels \`prometheus: k8s\` and \`role: alert-rules\`, or whatever its \`ruleSelector\` asks for.
- The sidecar of Grafana (kube-prometheus-stack: \`sidecar.dashboards\`) finds the boards by their label, in its own namespace or,
  with \`searchNamespace: ALL\`, in every one. Without it mount the maps where a provider of \`type: file\` looks.
- Limits are those of the configuration that the folder was written for: \`npm run mixin -- --config clawdbot.yaml --out FOLDER\`.
`;
