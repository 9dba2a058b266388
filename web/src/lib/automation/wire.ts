/** What travels about scenarios, rules and their runs, as JSON. Times are RFC 3339 in UTC. */
import type { Cause, Id, Time, Value } from '../wire';

/** A trigger, a condition or a step as it is written; see GET /api/automation/schema. */
export type Part = Record<string, unknown>;

export type Document = {
  name: string;
  slug?: string;
  description?: string;
  enabled?: boolean;
  area?: string;
  mode?: 'skip' | 'restart' | 'queue' | 'parallel';
  most?: number;
  on_restart?: 'end' | 'resume';
  parameters?: Part[];
  when?: Part[];
  if?: Part[];
  then: Part[];
};

export type Parameter = {
  name: string;
  description: string;
  kind: 'bool' | 'number' | 'text' | 'one_of';
  words: string[];
  from: number | null;
  to: number | null;
  /** `null`: one must be given. */
  default: Value | null;
};

export type Scenario = {
  slug: string;
  name: string;
  description: string;
  sentence: string;
  enabled: boolean;
  is_rule: boolean;
  shipped: boolean;
  area: string | null;
  parameters: Parameter[];
  version: number;
  running: number;
  last_run: Time | null;
  problems: string[];
  document: Document;
};

export type RunState = 'queued' | 'running' | 'completed' | 'incomplete' | 'skipped' | 'stopped' | 'failed';

export type Looked = { what: string; saw: string; holds: boolean | null };
export type Outcome = 'asked' | 'pending' | 'reached' | 'superseded' | 'rejected' | 'timed_out' | 'already' | 'left_alone';
export type Sent = { device: string; wish: Id | null; outcome: Outcome; note: string | null };

/** `place` is the place in the document: `then[2].else[0]`. */
export type TraceEntry = { at: Time; place: string; what: string; looked: Looked[]; requests: Sent[] };

export type Run = {
  id: Id;
  scenario: string;
  name: string;
  state: RunState;
  note: string | null;
  trigger: string;
  cause: Cause;
  chain: string[];
  parameters: Record<string, Value>;
  started_at: Time;
  ended_at: Time | null;
  trace: TraceEntry[];
};

/** A run without its trace, as it is told while it goes on; `lines` is how long its trace is. */
export type RunHead = Pick<Run, 'id' | 'scenario' | 'name' | 'state' | 'note' | 'trigger' | 'started_at' | 'ended_at'> & { lines: number; asks: number[] };

/** What is otherwise than it was; `more`: too much to be told one by one, ask again. */
export type News = { type: 'automation'; scenarios: Scenario[]; removed: string[]; runs: RunHead[]; more: boolean };

/** A run waits for a person to say one of `choices`; `person` is null where nobody in particular is asked. */
export type Question = { run: Id; thread: number; scenario: string; name: string; person: string | null; question: string; choices: string[]; until: Time };

/** `document` is null where the version removed the scenario. */
/** When and by whom is null for how it came with the house. */
export type Version = { version: number; at: Time | null; cause: Cause | null; document: Document | null };

export type Fault = { path: string; message: string; expected: string };

/** Nothing was kept: either the sentence and the full document, or what is wrong. */
export type Checked = { sentence: string | null; document: Document | null; faults: Fault[]; problems: string[] };
