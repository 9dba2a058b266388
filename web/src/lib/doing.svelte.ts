/** One thing at a time that a form asks of the server, with the server's words where it refuses. */
import { ApiError } from './api';

export class Doing {
  busy = $state(false);
  failed = $state<string | null>(null);

  /** Whether it was done. */
  async run(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failed = null;
    try {
      await what();
      return true;
    } catch (error) {
      this.failed = words(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** What was wrong, what was expected, what to do. */
export function words(error: unknown): string {
  if (!(error instanceof ApiError)) return 'This page could not do it.';
  const said = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  const parts = [said, error.expected && `Expected: ${error.expected}`, error.action].filter(Boolean) as string[];
  return parts.map((it) => (/[.!?]$/.test(it) ? it : `${it}.`)).join(' ');
}
