/** How the house is, for every page that shows it: one question, asked again when something changed. */
import { untrack } from 'svelte';
import { Fetched } from '../fetched.svelte';
import { live } from '../live/house.svelte';
import { mind } from './api';
import { HALF_HOUR, HUES, TICKS, chroma, ticks, untilNow } from './feel';
import type { Consciousness, Emotion } from './wire';

const KINDS = ['feeling_changed', 'concern_raised', 'concern_ended'];
const AGAIN_EVERY = 60_000;

class Mind {
  readonly status = new Fetched<Consciousness>();
  readonly day = new Fetched<{ emotions: Emotion[] }>();
  /** A server that has no mind is not asked again. */
  #missing = $state(false);
  readonly ring = $derived(ticks(untilNow(this.day.value?.emotions ?? [], this.status.value), live.minute));

  get missing(): boolean {
    return this.#missing;
  }

  load = async (): Promise<void> => {
    if (this.#missing || !live.connected) return;
    const to = live.now;
    await Promise.all([
      this.status.ask((signal) => mind.status(signal)),
      this.day.ask((signal) => mind.emotions(new Date(to - TICKS * HALF_HOUR).toISOString(), new Date(to + 1000).toISOString(), 2000, signal)),
    ]);
    if (this.status.error?.status === 404) this.#missing = true;
  };

  /** Called once by the shell: keeps it fresh, and lends the mood's colour to the page. */
  watch(): void {
    $effect(() => {
      const heard = live.events.find((it) => KINDS.includes(it.kind))?.seq;
      void [heard, live.refreshes, live.connected];
      untrack(() => void this.load());
    });
    $effect(() => {
      const again = setInterval(() => document.visibilityState === 'visible' && void this.load(), AGAIN_EVERY);
      return () => clearInterval(again);
    });
    $effect(() => {
      const feeling = this.status.value?.since ? this.status.value.feeling : null;
      const root = document.documentElement.style;
      if (feeling && HUES[feeling] !== undefined) {
        root.setProperty('--mood-h', String(HUES[feeling]));
        root.setProperty('--mood-c', String(chroma(feeling)));
      } else {
        root.removeProperty('--mood-h');
        root.removeProperty('--mood-c');
      }
    });
  }
}

export const inner = new Mind();
