/** The one conversation of this page: goes along from page to page, and survives a reload. */
import { ApiError } from '../api';
import { live } from '../live/house.svelte';
import { router } from '../router.svelte';
import { uuid } from '../uuid';
import type { Id, Wish } from '../wire';
import { conversations, interviews, say } from './api';
import { choices, house, kept, person, type Action, type Said } from './read';
import type { Answer, Interview, Opening } from './wire';

const KEY = 'conversation';
/** How many ends of wishes are remembered, for answers that come after them. */
const WISHES = 100;

class Talk {
  said = $state.raw<Said[]>([]);
  busy = $state(false);
  /** What is being done, before the devices have answered. */
  doing = $state<string | null>(null);
  /** The sheet, where there is no room for the dock. */
  open = $state(false);
  last = $state.raw<Answer | null>(null);
  choices = $derived(choices(this.last));
  suggestions = $derived(this.last?.suggestions ?? []);
  id = $state<Id | null>(null);
  /** The walk through the house that is held here, while it waits for an answer. */
  interview = $state.raw<Interview | null>(null);
  #current: AbortController | null = null;
  #ended = new Map<Id, Wish>();
  #begun = false;

  constructor() {
    live.onWishEnded((wish) => {
      this.#ended.set(wish.id, wish);
      if (this.#ended.size > WISHES) this.#ended.delete(this.#ended.keys().next().value!);
      this.#settle();
    });
  }

  /** Takes up what was said before a reload. Called when the conversation is first seen. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    try {
      this.id = sessionStorage.getItem(KEY);
    } catch {
      // Storage may be forbidden; then the conversation lasts as long as the page.
    }
    if (this.id) void this.take(this.id);
  }

  /** Goes on with a conversation that was kept. */
  async take(id: Id): Promise<void> {
    this.#begun = true;
    this.stop();
    try {
      const it = await conversations.get(id);
      this.said = kept(it.turns, live.devices);
      this.last = null;
      this.#keep(id);
      const walk = it.turns.findLast((turn) => turn.intent === 'interview')?.details?.slots?.interview;
      this.interview = null;
      if (typeof walk === 'string') this.#walk(await interviews.get(walk));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.#keep(null);
    }
  }

  #keep(id: Id | null): void {
    this.id = id;
    try {
      if (id) sessionStorage.setItem(KEY, id);
      else sessionStorage.removeItem(KEY);
    } catch {
      // See above.
    }
  }

  #walk(interview: Interview): void {
    this.interview = interview.state === 'open' ? interview : null;
  }

  /** Answers what the house began to say, where it said it. */
  async reply(opening: Opening, text: string): Promise<void> {
    if (this.busy) return;
    if (!this.said.some((it) => it.id === opening.conversation_id)) this.#put({ id: opening.conversation_id, from: 'house', text: opening.text, state: 'said', evidence: [], actions: [], by: null });
    await this.say(text, opening.conversation_id);
  }

  fresh(): void {
    this.stop();
    this.interview = null;
    this.said = [];
    this.last = null;
    this.#keep(null);
  }

  stop(): void {
    this.#current?.abort();
  }

  /** The room of the device that is looked at: "the light" is first looked for there. */
  #area(): string | undefined {
    const route = router.route;
    return route.page === 'device' ? live.bySlug(route.slug)?.area?.slug : undefined;
  }

  #put(said: Said): void {
    const there = this.said.some((it) => it.id === said.id);
    this.said = there ? this.said.map((it) => (it.id === said.id ? said : it)) : [...this.said, said];
  }

  async say(text: string, into: Id | null = null): Promise<void> {
    if (this.busy) return;
    const mine = new AbortController();
    const id = uuid();
    this.#current = mine;
    this.busy = true;
    this.last = null;
    this.said = [...this.said, person(uuid(), text)];
    let words = '';
    const house_ = (more: Partial<Said>): Said => ({ id, from: 'house', text: words, state: 'said', evidence: [], actions: [], by: null, ...more });
    try {
      const area = this.#area();
      const chat = { message: text, ...(into ?? this.id ? { conversation_id: (into ?? this.id)! } : {}), ...(area ? { area } : {}) };
      const answer = await say(chat, (word) => this.#put(house_({ text: (words += word), state: 'streaming' })), (text) => (this.doing = text), mine.signal);
      if (!into) this.#keep(answer.conversation_id);
      this.last = answer;
      if (answer.interview) this.#walk(answer.interview);
      this.#put(house(id, answer, live.devices));
      this.#settle();
    } catch (error) {
      // A conversation that the house no longer has is begun anew with the next word.
      if (error instanceof ApiError && error.code === 'unknown_conversation') this.#keep(null);
      if (mine.signal.aborted) this.#put(house_({ state: 'stopped' }));
      else this.#put(house_({ text: error instanceof ApiError ? [error.message, error.action].filter(Boolean).join(' ') : 'This page could not read the answer.', state: 'failed' }));
    } finally {
      this.busy = false;
      this.doing = null;
      this.#current = null;
    }
  }

  /** Brings what is known of ended wishes to the actions that they belong to. */
  #settle(): void {
    for (const said of this.said) {
      const actions = said.actions.map((it): Action => {
        const wish = it.wish ? this.#ended.get(it.wish) : undefined;
        if (!wish || it.outcome !== 'pending') return it;
        if (wish.state === 'reached') return { ...it, outcome: 'reached', tone: 'ok', note: null };
        if (wish.state === 'rejected' || wish.state === 'timed_out') return { ...it, outcome: wish.state, tone: 'bad', note: wish.note ?? it.note };
        return it;
      });
      if (actions.some((it, i) => it !== said.actions[i])) this.#put({ ...said, actions });
    }
  }

  /** Takes one action back. What cannot be taken back is said where it stands. */
  async undo(said: Said, number: number): Promise<void> {
    const undo = said.actions[number]?.undo;
    if (!undo || !this.id) return;
    const change = (next: Partial<Action>) => {
      const now = this.said.find((it) => it.id === said.id);
      if (now) this.#put({ ...now, actions: now.actions.map((it, i) => (i === number ? { ...it, ...next } : it)) });
    };
    try {
      const answer = await conversations.undo(this.id, [undo]);
      const wrong = answer.actions.some((it) => it.outcome === 'refused' || it.outcome === 'timed_out');
      if (answer.actions.length > 0 && !wrong) change({ undo: null, outcome: 'undone', tone: 'open', note: 'Taken back.' });
      else change({ note: answer.response });
    } catch (error) {
      change({ note: error instanceof ApiError ? error.message : 'It could not be taken back.' });
    }
  }
}

export const talk = new Talk();
