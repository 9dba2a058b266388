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
  /** How the interview stands that is held here. */
  interview?: Interview | null;
  /** A question that the next message answers. */
  pending: { question: string; kind: 'which' | 'confirm' | 'what'; choices: string[] } | null;
};

/** A streamed answer: words as they come, and all of it last. */
export type Piece = { type: 'doing'; text: string } | { type: 'action'; action: ChatAction } | { type: 'delta'; text: string } | { type: 'answer'; answer: Answer } | { type: 'error'; message: string };

export type Summary = { id: Id; title: string; began: Time; last: Time; turns: number };

export type Turn = { at: Time; who: Who; message: string; response: string; intent: string; engine: string; details: { actions?: KeptAction[]; evidence?: ChatEvidence[]; slots?: Record<string, unknown> } | null };

/** An action as it was kept: with what would take it back. */
export type KeptAction = Partial<Omit<ChatAction, 'undo'>> & { undo?: { kind: string } | null };

export type Place = { name: string; slug: string; outside: boolean; floor: string | null; doorways: string[]; devices: number };

/** The first walk through the house. `phase` is what it is about now. */
export type Interview = {
  id: Id;
  conversation_id: Id;
  state: 'open' | 'paused' | 'done';
  phase: 'name' | 'place' | 'rooms' | 'doorways' | 'things' | 'connect' | 'review' | 'done';
  question: { text: string; kind: 'text' | 'rooms' | 'room' | 'things' | 'confirm' | 'choice'; choices: string[] } | null;
  current: string | null;
  rooms: Place[];
  mentions: { id: number; text: string; room: string | null; state: 'open' | 'connected' | 'noted'; needs: string | null }[];
};

/** Something that the house began to say by itself. */
export type Opening = {
  conversation_id: Id;
  about: 'concern' | 'question' | 'mended' | 'visit' | 'morning';
  concern: Id | null;
  text: string;
  choices: string[];
  urgent: boolean;
  at: Time;
  state: 'open' | 'answered' | 'put_off' | 'lapsed';
};
