/** The live house as the page sees it: one connection, one copy, reactive per device. */
import { SvelteMap } from 'svelte/reactivity';
import { news } from '../automation/news.svelte';
import { millis } from '../format';
import type {
  Area, Constraint, Device, Discovery, Floor, HealthStatus, House, HouseEvent, LiveMessage, Person, Scan, Wish,
} from '../wire';
import { Socket } from './socket';
import { applyDelta, applySnapshot, type World } from './world';

class LiveHouse implements World {
  readonly devices = new SvelteMap<string, Device>();
  readonly areas = new SvelteMap<string, Area>();
  readonly floors = new SvelteMap<string, Floor>();
  readonly people = new SvelteMap<string, Person>();
  readonly found = new SvelteMap<string, Discovery>();
  readonly touched = new Set<string>();
  readonly constraints = new SvelteMap<string, Constraint>();
  house = $state.raw<House | null>(null);
  health = $state.raw<HealthStatus | null>(null);
  discovered = $state(0);
  scan = $state.raw<Scan | null>(null);
  /** How often everything was replaced: what was asked for besides must be asked for again. */
  refreshes = $state(0);
  events = $state.raw<HouseEvent[]>([]);
  epoch: number | null = null;
  seq = 0;
  view = 'house';

  /** Up: what is shown is what is. */
  connected = $state(false);
  /** A snapshot has come at least once. */
  known = $state(false);
  /** When the line was lost, in house time where we know it. */
  lostAt = $state<number | null>(null);
  /** House time, as of the last word from the server. */
  now = $state(Date.now());

  zone = $derived(this.house?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  /** For ages ("2 h ago"), so that they are not drawn anew each second. */
  minute = $derived(Math.floor(this.now / 60_000) * 60_000);

  #ended: ((wish: Wish) => void)[] = [];
  #refreshed: (() => void)[] = [];
  #socket = new Socket({
    position: () => (this.epoch === null ? null : { epoch: this.epoch, seq: this.seq, view: this.view }),
    message: (message) => this.receive(message),
    up: () => {
      // It has no place in the sequence: what was told while the line was down is not told again.
      news.restart();
      this.connected = true;
      this.lostAt = null;
    },
    down: () => {
      this.connected = false;
      this.lostAt ??= this.house ? this.now : Date.now();
    },
  });

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
  }

  retry(): void {
    this.#socket.retry();
  }

  /** Called with each wish that ended, however it ended. */
  onWishEnded(listener: (wish: Wish) => void): void {
    this.#ended.push(listener);
  }

  /** Called when everything was replaced, so that ends of wishes may have been missed. */
  onRefreshed(listener: () => void): void {
    this.#refreshed.push(listener);
  }

  receive(message: LiveMessage): void {
    switch (message.type) {
      case 'snapshot':
        applySnapshot(this, message);
        this.now = millis(message.house.time) ?? Date.now();
        this.known = true;
        this.refreshes++;
        for (const listener of this.#refreshed) listener();
        return;
      case 'delta':
        if (applyDelta(this, message, (wish) => this.#ended.forEach((listener) => listener(wish))) === 'hole') this.#socket.restart();
        return;
      case 'house': {
        const { time, ...rest } = message.house;
        if (time) this.now = millis(time) ?? this.now;
        const house = this.house;
        // The clock alone must not make everything that shows the house's name draw again.
        if (house && Object.entries(rest).some(([name, it]) => house[name as keyof House] !== it)) {
          this.house = { ...house, ...rest };
        }
        this.health = message.health;
        return;
      }
      case 'scan':
        this.scan = message.scan;
        return;
      case 'automation':
        news.take(message);
        return;
      default:
        // `resumed` only says that deltas follow, `resync` that a snapshot follows.
        return;
    }
  }

  bySlug(slug: string): Device | undefined {
    for (const device of this.devices.values()) {
      if (device.slug === slug || device.id === slug || device.aliases.includes(slug)) return device;
    }
    return undefined;
  }
}

export const live = new LiveHouse();
