import { describe, expect, it } from 'vitest';
import { BOARDS, PANELS } from '../../alerting/links.ts';
import { differences } from '../json-files.ts';
import { BOARDS_BUILT } from './index.ts';

describe('the boards', () => {
  it('are in their files, byte for byte', () => {
    expect(differences()).toEqual([]);
  });

  it('have the uid and title that alerts lead to', () => {
    const known = new Map<string, string>(Object.values(BOARDS).map(({ uid, title }) => [uid, `Clawdbot / ${title}`]));
    for (const { dashboard } of BOARDS_BUILT) expect(known.get(dashboard.uid ?? '')).toBe(dashboard.title);
  });

  it('have the panels that alerts lead to, each under its number and title, with the variables that are set', () => {
    for (const { board, id, title, ...rest } of Object.values(PANELS)) {
      const built = BOARDS_BUILT.find(({ dashboard }) => dashboard.uid === BOARDS[board].uid)?.dashboard;
      const panels = (built?.panels ?? []).flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])]);
      expect(panels.find((candidate) => candidate.id === id)?.title).toBe(title);
      expect(built?.templating.list?.map(({ name }) => name)).toEqual(
        expect.arrayContaining('variables' in rest ? [...rest.variables] : []),
      );
    }
  });
});
