/** What travels in a conversation, as JSON. */
import type { Id, Time, Value, Who } from '../wire';

export type ChatOutcome = 'planned' | 'unconfirmed' | 'pending' | 'reached' | 'delivered' | 'superseded' | 'refused' | 'timed_out' | 'scheduled';

/** `capability` is `Scenario`, `Scene`, `House` or `Memory` for what is no device. */
export type ChatAction = {
  /** What it is called when it shall be taken back. */
  id: Id;
  device: Id | null;
  slug: string;
  name: string;
  endpoint: number | null;
  capability: string;
  command: string;
  args: Record<string, Value>;
  outcome: ChatOutcome;
  note: string | null;
  wish: Id | null;
  run: Id | null;
  /** Whether the house can take it back. */
  undo: boolean;
};

export type ChatEvidence = {
  kind: string;
  device: Id | null;
  name: string;
  path: string | null;
  value: Value | null;
  unit: string | null;
  at: Time | null;
  since: Time | null;
  stale: boolean;
  text: string | null;
  reference: string | null;
};

export type Answer = {
  conversation_id: Id;
  response: string;
  intent: { name: string; slots: Record<string, unknown> };
  actions: ChatAction[];
  evidence: ChatEvidence[];
  suggestions: string[];
  /** `embedded`, or a provider and its model. */
  engine: string;
  /** A question that the next message answers. */
  pending: { question: string; kind: 'which' | 'confirm' | 'what'; choices: string[] } | null;
};

/** A streamed answer: words as they come, and all of it last. */
export type Piece = { type: 'doing'; text: string } | { type: 'action'; action: ChatAction } | { type: 'delta'; text: string } | { type: 'answer'; answer: Answer } | { type: 'error'; message: string };

export type Summary = { id: Id; title: string; began: Time; last: Time; turns: number };

export type Turn = { at: Time; who: Who; message: string; response: string; intent: string; engine: string; details: { actions?: KeptAction[]; evidence?: ChatEvidence[] } | null };

/** An action as it was kept: with what would take it back. */
export type KeptAction = Partial<Omit<ChatAction, 'undo'>> & { undo?: { kind: string } | null };
