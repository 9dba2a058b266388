/** What the live line told of scenarios and runs since it was last up: newer than what was asked for. */
import { SvelteMap } from 'svelte/reactivity';
import type { News, RunHead, Scenario } from './wire';

/** How many runs are kept; the server has the rest. */
const KEPT_RUNS = 200;

class AutomationNews {
  /** `null`: it is gone. */
  readonly scenarios = new SvelteMap<string, Scenario | null>();
  readonly runs = new SvelteMap<string, RunHead>();
  /** Rises when what was asked for must be asked for again. */
  anew = $state(0);

  /** Something may have been missed. */
  restart(): void {
    this.scenarios.clear();
    this.runs.clear();
    this.anew++;
  }

  take(message: News): void {
    if (message.more) return this.restart();
    for (const it of message.scenarios) this.scenarios.set(it.slug, it);
    for (const slug of message.removed) this.scenarios.set(slug, null);
    for (const run of message.runs) {
      // What was heard last stands last.
      this.runs.delete(run.id);
      this.runs.set(run.id, run);
    }
    for (const id of this.runs.keys()) {
      if (this.runs.size <= KEPT_RUNS) break;
      this.runs.delete(id);
    }
  }
}

export const news = new AutomationNews();
