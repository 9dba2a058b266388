/** Requests of the conversation; an answer comes in pieces. */
import { ApiError, headers, query, request } from '../api';
import type { Id } from '../wire';
import type { Answer, Interview, Opening, Piece, Summary, Turn } from './wire';

export type Chat = { message: string; conversation_id?: Id; area?: string };

function piece(line: string): Piece | null {
  try {
    return line.trim() === '' ? null : (JSON.parse(line) as Piece);
  } catch {
    return null;
  }
}

/** Says something; `word` is called with the words as they come, `doing` with what is being done before. */
export async function say(chat: Chat, word: (text: string) => void, doing: (text: string) => void, signal: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch('/api/chat', {
      method: 'POST', signal, headers: { ...headers('POST', true), accept: 'application/x-ndjson' }, body: JSON.stringify(chat),
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError(0, { code: 'unreachable', message: 'The house could not be reached.', action: 'Check that the server is running and that this device is on the same network.' });
  }
  const form = response.headers.get('content-type') ?? '';
  if (!response.ok || !form.includes('ndjson')) {
    const body = (await response.json().catch(() => null)) as (Answer & { error?: { code?: string; message?: string; action?: string } }) | null;
    if (response.ok && body && typeof body.response === 'string') return body;
    throw new ApiError(response.status, { code: body?.error?.code ?? 'unknown', message: body?.error?.message ?? `The house answered with ${response.status} and gave no reason.`, action: body?.error?.action });
  }
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? '';
    const lines = rest.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      const it = piece(line);
      if (it?.type === 'delta') word(it.text);
      else if (it?.type === 'doing') doing(it.text);
      else if (it?.type === 'answer') return it.answer;
      else if (it?.type === 'error') throw new ApiError(0, { code: 'no_answer', message: it.message });
    }
    if (done) throw new ApiError(0, { code: 'cut', message: 'The answer broke off.' });
  }
}

export const conversations = {
  list: (q: string, before: string | null, signal?: AbortSignal) =>
    request<{ conversations: Summary[]; next: string | null }>(`/api/conversations${query({ q, before, limit: 30 })}`, { signal }),
  get: (id: Id, signal?: AbortSignal) => request<{ id: Id; turns: Turn[] }>(`/api/conversations/${encodeURIComponent(id)}`, { signal }),
  /** Takes actions back; the answer says what became of it. */
  undo: (id: Id, actions: Id[]) => request<Answer>(`/api/conversations/${encodeURIComponent(id)}/undo`, { method: 'POST', body: { actions } }),
  remove: (id: Id) => request<null>(`/api/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' }),
};

export const interviews = {
  get: (id: Id, signal?: AbortSignal) => request<Interview>(`/api/interview/${encodeURIComponent(id)}/status`, { signal }),
};

export const openings = {
  list: (signal?: AbortSignal) => request<{ openings: Opening[] }>('/api/chat/openings', { signal }),
};
