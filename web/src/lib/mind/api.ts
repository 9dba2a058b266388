/** Requests about how the house is. */
import { query, request } from '../api';
import type { Id } from '../wire';
import type { Concern, Consciousness, Emotion } from './wire';

const say = (id: Id, word: string, body: unknown = {}) => request<Concern>(`/api/concerns/${encodeURIComponent(id)}/${word}`, { method: 'POST', body });

export const mind = {
  status: (signal?: AbortSignal) => request<Consciousness>('/api/consciousness/status', { signal }),
  emotions: (from: string, to: string, limit: number, signal?: AbortSignal) =>
    request<{ emotions: Emotion[]; truncated: boolean }>(`/api/consciousness/emotions${query({ from, to, limit })}`, { signal }),
  concerns: (signal?: AbortSignal) => request<{ concerns: Concern[] }>('/api/concerns', { signal }),
  snooze: (id: Id, minutes: number) => say(id, 'snooze', { minutes }),
  known: (id: Id) => say(id, 'known'),
  /** Somebody looks after it, until then where that is said. */
  note: (id: Id, text: string, expected: string | null) => say(id, 'note', expected === null ? { text } : { text, expected }),
  reopen: (id: Id) => say(id, 'reopen'),
};
