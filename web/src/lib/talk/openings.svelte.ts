/** What the house began to say by itself, and waits for an answer to; asked again when something of it changed. */
import { untrack } from 'svelte';
import { Fetched } from '../fetched.svelte';
import { live } from '../live/house.svelte';
import { openings } from './api';
import type { Opening } from './wire';

class Openings {
  readonly list = new Fetched<{ openings: Opening[] }>();
  readonly open = $derived(this.list.value?.openings ?? []);

  /** Called by who shows them. */
  watch(): void {
    $effect(() => {
      const heard = live.events.find((it) => it.kind === 'opening_changed')?.seq;
      void [heard, live.refreshes, live.connected];
      untrack(() => {
        if (live.connected) void this.list.ask((signal) => openings.list(signal));
      });
    });
  }
}

export const opened = new Openings();
