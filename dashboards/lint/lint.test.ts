import { describe, expect, it } from 'vitest';
import { recorded } from '../../alerting/rules/series.ts';
import { configSchema } from '../../core/config/schema.ts';
import { COLOURS } from '../panels/colours.ts';
import { readBoard } from './board.ts';
import { sayFinding } from './finding.ts';
import { lintOne, worldOf } from './lint.ts';
import { sampleBoard } from './sample-board.ts';

const WORLD = worldOf(configSchema.parse({}));

const lint = (json: unknown) => lintOne(readBoard(json), WORLD);

/** The sample with one thing replaced, wherever it stands in its JSON. */
const withFault = (from: string, to: string): unknown => {
  const text = JSON.stringify(sampleBoard());
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, () => to));
};

const RECORDED = `avg_over_time(${recorded('requestRate')}{job=~\\"$job\\",instance=~\\"$instance\\"}[$__interval]`;

const FAULTS: readonly (readonly [string, string, string, string])[] = [
  ['target-metric', 'a metric that was renamed', 'clawdbot_requests:rate1m', 'clawdbot_request:rate1m'],
  ['target-metric', 'a unit suffix that is wrong', 'hw_temperature_celsius', 'hw_temperature_kelvin'],
  ['target-promql-rule', 'a bracket too few', 'sum(avg_over_time(', 'sum avg_over_time('],
  ['target-variable', 'a variable that nobody defines', 'instance=~\\"$instance\\"', 'instance=~\\"$host\\"'],
  ['target-job-rule', 'a job that nobody can choose', 'job=~\\"$job\\",', ''],
  ['target-instance-rule', 'an instance that is fixed', 'instance=~\\"$instance\\"', 'instance=\\"a\\"'],
  ['target-counter-agg-rule', 'a counter that only grows', recorded('requestRate'), 'clawdbot_requests_total'],
  ['target-rate-interval-rule', 'a range that fits one zoom', RECORDED, 'rate(clawdbot_requests_total[5m]'],
  ['target-recorded', 'a range of what is scraped', RECORDED, 'rate(clawdbot_requests_total[$__rate_interval]'],
  ['panel-units-rule', 'no unit', '"unit":"reqps",', ''],
  ['panel-units-rule', 'a unit that is none of ours', '"reqps"', '"fahrenheit"'],
  ['panel-unit-fits', 'a unit of something else', '"celsius"', '"watt"'],
  ['panel-unit-fits', 'seconds as requests', '"unit":"s"', '"unit":"reqps"'],
  ['panel-threshold', 'a line where no alert fires', '"value":75', '"value":80'],
  [
    'panel-threshold',
    'no line where one fires',
    `{"value":75,"color":"${COLOURS.bad}"}`,
    '{"value":null,"color":"red"}',
  ],
  [
    'panel-threshold',
    'a line in the colour of something else',
    `75,"color":"${COLOURS.bad}"`,
    `75,"color":"${COLOURS.good}"`,
  ],
  ['panel-nulls', 'nothing said where there is nothing', '"noValue":"nothing known",', ''],
  ['panel-nulls', 'a line over a gap', '"spanNulls":false', '"spanNulls":true'],
  ['panel-title-description-rule', 'no description', '"description":"What it shows."', '"description":""'],
  ['panel-title-description-rule', 'no title', '"title":"Requests"', '"title":""'],
  ['panel-datasource-rule', 'a data source of one house', '"uid":"$datasource"},"gridPos"', '"uid":"abc"},"gridPos"'],
  ['panel-id', 'a number that is taken', '"id":50', '"id":51'],
  ['panel-angular', 'a panel of old times', '"type":"timeseries"', '"type":"graph"'],
  ['template-uneditable-rule', 'a board that is edited by hand', '"editable":false', '"editable":true'],
  ['template-job-rule', 'all of a choice as one giant expression', '"allValue":".+"', '"allValue":""'],
  ['template-instance-rule', 'a variable that is missing', '"name":"instance"', '"name":"node"'],
  ['template-datasource-rule', 'a data source without a variable', '"type":"datasource"', '"type":"custom"'],
  ['template-on-time-change-reload-rule', 'values of another time', '"refresh":2', '"refresh":1'],
  ['board-links', 'links that lose the time', '"keepTime":true', '"keepTime":false'],
  ['board-uid', 'no uid', '"uid":"clawdbot-', '"uid":"","was":"clawdbot-'],
  ['layout-overlap', 'one panel over another', '{"x":12,"y":0,"w":12', '{"x":11,"y":0,"w":12'],
  ['layout-hole', 'a hole in a row', '{"x":12,"y":0,"w":12', '{"x":12,"y":0,"w":11'],
  ['layout-grid', 'a panel beyond the edge', '{"x":12,"y":0,"w":12', '{"x":12,"y":0,"w":13'],
  ['layout-height', 'a board of many screens', '"w":24,"h":1}', '"w":24,"h":99}'],
  ['layout-row', 'an open row that hides its panels', '"collapsed":true', '"collapsed":false'],
];

describe('the lint of boards', () => {
  it('finds nothing in a board without fault', () => expect(lint(sampleBoard()).map(sayFinding)).toEqual([]));

  it.for(FAULTS)('%s: finds %s', ([rule, , from, to]) => {
    expect(lint(withFault(from, to)).map((one) => one.rule)).toContain(rule);
  });

  it('says where, what was expected and what is there', () => {
    expect(lint(withFault('"value":75', '"value":80')).map(sayFinding)).toEqual([
      expect.stringMatching(
        /^A board \(.*\) › .* \(1\): expected lines at .*75 \(AcceleratorTemperatureHigh\).*, found a line at 80 \[panel-threshold\]$/,
      ),
      expect.stringContaining('expected a line at 75 (AcceleratorTemperatureHigh), found lines at 80'),
    ]);
  });
});
