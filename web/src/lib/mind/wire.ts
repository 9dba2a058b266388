/** What travels about how the house is, as JSON. Times are house time, RFC 3339 in UTC. */
import type { Id, Time, Value } from '../wire';

export type Feeling = 'unsure' | 'pain' | 'stressed' | 'worried' | 'bored' | 'content' | 'happy' | 'excited';

/** A row behind a reason or a concern. `link` is where the API has it. */
export type Evidence = {
  kind: string;
  id: Id | null;
  name: string | null;
  device: string | null;
  property: string | null;
  value: Value | null;
  unit: string | null;
  at: Time | null;
  link: string | null;
};

/** `contribution` is what it adds to the valence; negative where it takes away. */
export type Reason = { factor: string; contribution: number; text: string; evidence: Evidence[]; more: number };

export type Urgency = 'low' | 'medium' | 'high' | 'critical';

export type Concern = {
  id: Id;
  kind: string;
  title: string;
  detail: string;
  urgency: Urgency;
  device: string | null;
  area: Id | null;
  since: Time;
  raised: Time;
  expires: Time | null;
  state: 'open' | 'snoozed' | 'known' | 'ended';
  snoozed_until: Time | null;
  ended: Time | null;
  how: string | null;
  note: string | null;
  evidence: Evidence[];
  /** What people noted about it, the oldest first. */
  notes: { at: Time; text: string; expected: Time | null }[];
  suggestion: { text: string; request: { device: string; capability: string; command: string; args: Record<string, Value> } | null } | null;
};

export type Mended = { title: string; concern: Id; at: Time; note: string };

export type Consciousness = {
  at: Time;
  feeling: Feeling;
  since: Time | null;
  valence: number;
  arousal: number;
  intensity: number;
  confidence: number;
  baseline: number;
  awareness: { share: number | null; fresh: number; known: number };
  mood: { feeling: Feeling; valence: number | null; arousal: number | null };
  /** Their contributions add up to the valence less the baseline. */
  reasons: Reason[];
  better: string[];
  glad: Mended[];
  concerns: Concern[];
};

export type Felt = { factor: string; contribution: number; text: string };

/** What was felt at a moment: at least every ten minutes, and whenever the word for it changed. */
export type Emotion = {
  at: Time;
  feeling: Feeling;
  valence: number;
  arousal: number;
  confidence: number;
  awareness: number | null;
  mood_valence: number | null;
  mood_arousal: number | null;
  reasons: Felt[];
};
