/** What the house remembers: the wire, the requests, and words for it. */
import { query, request } from '../../lib/api';
import type { Id, Time } from '../../lib/wire';

export type MemoryKind = 'preference' | 'fact' | 'note' | 'episode' | 'pattern' | 'context';

export type Memory = {
  id: Id;
  kind: MemoryKind;
  key: string | null;
  text: string;
  value: unknown;
  person: string | null;
  device: string | null;
  area: string | null;
  source: string;
  became_at: Time | null;
  confidence: number;
  weight: number | null;
  from: Time | null;
  until: Time | null;
  holds: boolean;
  made_at: Time;
  changed_at: Time;
  relevance: number | null;
};

export type Stats = { count: number; kinds: { kind: string; count: number; bytes: number; oldest: Time | null; newest: Time | null }[]; retention_days: number; database_bytes: number };

const at = encodeURIComponent;

export const memory = {
  recall: (filter: { q?: string; kind?: string; limit?: number }, signal?: AbortSignal) =>
    request<{ memories: Memory[] }>(`/api/memory${query(filter)}`, { signal }),
  remember: (body: { text: string; kind: string; person?: string; device?: string; area?: string; until?: Time }) =>
    request<Memory>('/api/memory', { method: 'POST', body }),
  correct: (id: Id, body: { text?: string }) => request<Memory>(`/api/memory/${at(id)}`, { method: 'PATCH', body }),
  promote: (id: Id, body: { device: string }) => request<Memory>(`/api/memory/${at(id)}/promote`, { method: 'POST', body }),
  ofDevice: (device: string, signal?: AbortSignal) => request<{ memories: Memory[] }>(`/api/devices/${at(device)}/notes`, { signal }),
  forget: (id: Id) => request<null>(`/api/memory/${at(id)}`, { method: 'DELETE' }),
  stats: (signal?: AbortSignal) => request<Stats>('/api/memory/stats', { signal }),
};

export const KINDS: { kind: MemoryKind; one: string; many: string; about: string }[] = [
  { kind: 'fact', one: 'Fact', many: 'Facts', about: 'What is so' },
  { kind: 'preference', one: 'Preference', many: 'Preferences', about: 'How you like it' },
  { kind: 'note', one: 'Note', many: 'Notes', about: 'About things that I cannot reach' },
  { kind: 'context', one: 'What holds for a while', many: 'What holds for a while', about: 'Guests, journeys, who is expected' },
  { kind: 'pattern', one: 'Habit', many: 'Habits', about: 'What is regular in your days' },
  { kind: 'episode', one: 'Memorable day', many: 'Memorable days', about: 'Good and bad ones' },
];

export const kindName = (kind: string): string => KINDS.find((it) => it.kind === kind)?.one ?? kind;

/** What a person may write; habits and memorable days are found. */
export const WRITTEN: MemoryKind[] = ['fact', 'preference', 'note'];

/** How sure it is: a person's own word needs none. */
export function sure(it: Memory): string | null {
  if (it.confidence >= 1) return null;
  return `${Math.round(it.confidence * 100)} % sure`;
}
