/**
 * One WebSocket to the server: resumes where it stopped, backs off, and notices a dead line.
 *
 * Knows nothing about the house; it hands messages up and says when it is up or down.
 */
import type { LiveMessage } from '../wire';

export type Line = {
  /** Where to resume, if we hold anything. */
  position(): { epoch: number; seq: number; view: string } | null;
  message(message: LiveMessage): void;
  up(): void;
  down(): void;
};

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** The server speaks about once a second; this long a silence means that the line is dead. */
const SILENCE = 12_000;
const LOOK_EVERY = 4_000;

/** How long to wait before try number `attempt` (from 0); `luck` in 0..1 spreads the clients. */
export function waitBefore(attempt: number, luck: number): number {
  const full = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return Math.round(full * (0.75 + luck * 0.25));
}

export class Socket {
  #line: Line;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heard = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  start(): void {
    this.#open();
    addEventListener('online', this.#hurry);
    document.addEventListener('visibilitychange', this.#hurry);
    // The watch runs for as long as the page: it also finds a line that died while asleep.
    this.#watch = setInterval(this.#look, LOOK_EVERY);
  }

  stop(): void {
    removeEventListener('online', this.#hurry);
    document.removeEventListener('visibilitychange', this.#hurry);
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Tries at once instead of waiting for the next turn. */
  readonly retry = (): void => {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#open();
  };

  /** Begins again from the position that we hold: something was missed. */
  restart(): void {
    if (this.#socket) this.#lost(this.#socket);
  }

  #hurry = (): void => {
    if (document.visibilityState === 'visible') this.retry();
  };

  #look = (): void => {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    const silent = performance.now() - this.#heard;
    if (silent > SILENCE) this.#lost(socket);
    else if (silent > LOOK_EVERY) socket.send('{"type":"ping"}');
  };

  #open(): void {
    const url = new URL('/api/live', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const at = this.#line.position();
    if (at) {
      url.searchParams.set('epoch', String(at.epoch));
      url.searchParams.set('seq', String(at.seq));
      url.searchParams.set('view', at.view);
    }
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent) => {
      if (this.#socket !== socket || typeof event.data !== 'string') return;
      this.#heard = performance.now();
      let message: LiveMessage;
      try {
        message = JSON.parse(event.data) as LiveMessage;
      } catch {
        // Half a message is worse than none: start over from what we hold.
        this.#lost(socket);
        return;
      }
      if (message.type === 'snapshot' || message.type === 'resumed') {
        this.#attempt = 0;
        this.#line.message(message);
        this.#line.up();
      } else {
        this.#line.message(message);
      }
    };
    socket.onopen = () => (this.#heard = performance.now());
    socket.onclose = () => this.#lost(socket);
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.#line.down();
    this.#retry = setTimeout(() => this.#open(), waitBefore(this.#attempt++, Math.random()));
  }
}
