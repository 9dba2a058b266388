/** Requests about scenarios, rules and runs. */
import { query, request } from '../api';
import type { Constraint, Id, Value } from '../wire';
import type { Checked, Document, Question, Run, Scenario, Version } from './wire';

const at = encodeURIComponent;
const post = <T>(path: string, body: unknown = {}) => request<T>(path, { method: 'POST', body });

export type RunFilter = { scenario?: string; state?: string; limit?: number; cursor?: string | null };

export type Scene = { slug: string; name: string };

export const automation = {
  list: (signal?: AbortSignal) => request<{ scenarios: Scenario[] }>('/api/scenarios', { signal }),
  get: (slug: string, signal?: AbortSignal) => request<Scenario>(`/api/scenarios/${at(slug)}`, { signal }),
  add: (document: Document) => post<Scenario>('/api/scenarios', document),
  /** With the version that was edited: where it is another by now, nothing is written (409). */
  put: (slug: string, version: number, document: Document) =>
    request<Scenario>(`/api/scenarios/${at(slug)}${query({ version })}`, { method: 'PUT', body: document }),
  remove: (slug: string) => request<null>(`/api/scenarios/${at(slug)}`, { method: 'DELETE' }),
  enable: (slug: string, enabled: boolean) => post<Scenario>(`/api/scenarios/${at(slug)}/enable`, { enabled }),
  run: (slug: string, parameters: Record<string, Value>) => post<{ run: Id }>(`/api/scenarios/${at(slug)}/run`, { parameters }),
  stop: (slug: string) => post<{ stopped: number }>(`/api/scenarios/${at(slug)}/stop`),
  versions: (slug: string, signal?: AbortSignal) => request<{ versions: Version[] }>(`/api/scenarios/${at(slug)}/versions`, { signal }),
  check: (document: unknown, signal?: AbortSignal) =>
    request<Checked>('/api/automation/check', { method: 'POST', body: document, signal }),
  runs: (filter: RunFilter, signal?: AbortSignal) =>
    request<{ runs: Run[]; next: string | null }>(`/api/automation/runs${query(filter)}`, { signal }),
  getRun: (id: Id, signal?: AbortSignal) => request<Run>(`/api/automation/runs/${at(id)}`, { signal }),
  /** What is left out stays as it is; `reset` alone makes it as it came with the house. */
  constrain: (slug: string, edit: { enabled?: boolean; parameters?: Record<string, number | null>; reset?: true }) =>
    request<Constraint>(`/api/automation/constraints/${at(slug)}`, { method: 'PUT', body: edit }),
  addConstraint: (constraint: Record<string, unknown>) => post<Constraint>('/api/automation/constraints', constraint),
  /** Only one of the household's own: those that came with the house are switched off. */
  removeConstraint: (slug: string) => request<null>(`/api/automation/constraints/${at(slug)}`, { method: 'DELETE' }),
  scenes: (signal?: AbortSignal) => request<{ scenes: Scene[] }>('/api/scenes', { signal }),
  questions: (signal?: AbortSignal) => request<{ questions: Question[] }>('/api/automation/questions', { signal }),
  reply: (run: Id, thread: number, answer: string) => post<null>(`/api/automation/runs/${at(run)}/reply`, { thread, answer }),
};
