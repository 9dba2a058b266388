/** Something asked of the server: nothing yet, there, or failed. The newest question wins. */
import { ApiError } from './api';

export class Fetched<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);
  #current: AbortController | null = null;

  async ask(question: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.#current?.abort();
    const mine = new AbortController();
    this.#current = mine;
    this.busy = true;
    try {
      const value = await question(mine.signal);
      if (this.#current !== mine) return null;
      this.value = value;
      this.error = null;
      return value;
    } catch (error) {
      if (this.#current !== mine || mine.signal.aborted) return null;
      this.error = error instanceof ApiError ? error : new ApiError(0, { code: 'page', message: 'This page could not read the answer.' });
      return null;
    } finally {
      if (this.#current === mine) this.busy = false;
    }
  }

  stop(): void {
    this.#current?.abort();
    this.#current = null;
  }
}
