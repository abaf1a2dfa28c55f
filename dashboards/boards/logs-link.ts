import { BOARDS } from '../../alerting/links.ts';
import type { PanelLink } from '../panels/panel.ts';

/** The variable of the board of logs that holds its search. */
export const QUERY = 'query';

/** From a line of a panel to its log lines: the board of logs at the same time, with this search (Lucene). */
export const toLogs = (title: string, query: string): PanelLink => ({
  title,
  // The time of the point would show its own second alone; the range of the board shows what led there.
  url: `/d/${BOARDS.logs.uid}?\${__url_time_range}&var-${QUERY}=${encodeSearch(query)}`,
});

/** Encodes a search for an URL, but for the variables that Grafana fills in. */
const encodeSearch = (query: string): string =>
  query
    .split(/(\$\{[^}]*\})/)
    .map((part) => (part.startsWith('${') ? part : encodeURIComponent(part)))
    .join('');

/** The value that a label of the clicked series has. */
export const clicked = (label: string): string => `\${__field.labels.${label}}`;
