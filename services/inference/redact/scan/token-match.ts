import type { TokenCandidate } from '../rules/rule.ts';
import type { RunView } from './run.ts';

/** What a token rule is shown. One serves every match; what stands before it is made when it is asked for. */
export class TokenMatch implements TokenCandidate {
  text = '';
  run = '';
  start = 0;
  private view: RunView | undefined;
  private context: string | undefined;
  private contextStart = -1;

  /** Another run. */
  enter(view: RunView): void {
    this.view = view;
    this.run = view.run;
    this.contextStart = -1;
  }

  show(start: number, text: string): void {
    this.start = start;
    this.text = text;
  }

  readonly before = (): string => {
    if (this.contextStart !== this.start || this.context === undefined) {
      this.context = this.view?.before(this.start) ?? '';
      this.contextStart = this.start;
    }
    return this.context;
  };
}
