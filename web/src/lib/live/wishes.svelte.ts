/**
 * What this page has asked for and how it went.
 *
 * A control answers the finger at once: its attempt is pending here before the server has
 * spoken. It goes when the wish was reached or superseded, and stays with its reason and a retry
 * when it was refused or not answered.
 */
import { SvelteMap } from 'svelte/reactivity';
import { ApiError, api } from '../api';
import { property } from '../device';
import { uuid } from '../uuid';
import type { CommandRequest, Device, Value, Wish } from '../wire';
import { askToConfirm } from '../confirm.svelte';
import { live } from './house.svelte';

export type Attempt = {
  /** What it belongs to: a property's path, or `OnOff.toggle()` for an action. */
  target: string;
  device: string;
  request: CommandRequest & { id: string };
  /** What the property should become, where that is known. */
  goal: Value | null;
  wish: string | null;
  state: 'pending' | 'failed';
  reason: string | null;
  action: string | null;
};

export type Asked = Omit<CommandRequest, 'id'> & {
  target: string;
  goal?: Value | null;
  /** A question to ask first, for what is not undone by doing the opposite. */
  question?: string;
};

const attempts = new SvelteMap<string, Attempt>();
/** Ends that arrived before the answer to the request that made the wish. */
const early = new Map<string, Wish>();

const key = (device: string, target: string) => `${device} ${target}`;

function fail(at: string, attempt: Attempt, reason: string, action: string | null): void {
  attempts.set(at, { ...attempt, state: 'failed', reason, action });
}

function settle(at: string, attempt: Attempt, wish: Wish): void {
  if (wish.state === 'pending') return;
  if (wish.state === 'rejected') fail(at, attempt, wish.note ?? 'It was refused.', null);
  else if (wish.state === 'timed_out') fail(at, attempt, wish.note ?? 'The device did not answer in time.', null);
  else attempts.delete(at);
}

live.onWishEnded((wish) => {
  for (const [at, attempt] of attempts) {
    if (attempt.state === 'pending' && (attempt.wish === wish.id || attempt.request.id === wish.request)) {
      settle(at, attempt, wish);
      return;
    }
  }
  early.set(wish.id, wish);
  if (early.size > 50) early.delete(early.keys().next().value!);
});

live.onRefreshed(() => {
  // Ends may have been missed while we were away: what nobody wishes any more is over.
  for (const [at, attempt] of attempts) {
    if (attempt.state !== 'pending' || !attempt.wish) continue;
    const device = live.devices.get(attempt.device);
    if (!device || property(device, attempt.target)?.desired?.wish !== attempt.wish) attempts.delete(at);
  }
});

/** The attempt on a property or action, unless the device has meanwhile done it by other means. */
export function attemptOn(device: Device, target: string): Attempt | undefined {
  const attempt = attempts.get(key(device.id, target));
  if (attempt?.state === 'failed' && attempt.goal !== null) {
    const it = property(device, target)?.reported;
    if (it && !it.stale && it.value === attempt.goal) return undefined;
  }
  return attempt;
}

/** Any failed attempt on the device, for its tile. */
export function failureOn(device: Device): Attempt | undefined {
  for (const attempt of attempts.values()) {
    if (attempt.device === device.id && attempt.state === 'failed') return attemptOn(device, attempt.target);
  }
  return undefined;
}

export function dismiss(attempt: Attempt): void {
  attempts.delete(key(attempt.device, attempt.target));
}

async function post(device: Device, attempt: Attempt): Promise<void> {
  const at = key(device.id, attempt.target);
  attempts.set(at, attempt);
  const current = () => attempts.get(at)?.request.id === attempt.request.id;
  try {
    const { wish } = await api.command(device.id, attempt.request);
    if (!current()) return;
    const accepted: Attempt = { ...attempt, wish: wish.id };
    const end = early.get(wish.id) ?? wish;
    early.delete(wish.id);
    // The end may have come by the other way while the answer was under way.
    if (attempts.get(at)?.state !== 'pending') return;
    attempts.set(at, accepted);
    settle(at, accepted, end);
  } catch (error) {
    if (!current()) return;
    if (error instanceof ApiError && /confirm/.test(error.code) && !attempt.request.confirm) {
      if (await askToConfirm({ title: `${device.name}: are you sure?`, text: error.message })) {
        await post(device, { ...attempt, request: { ...attempt.request, id: uuid(), confirm: true } });
      } else attempts.delete(at);
      return;
    }
    const known = error instanceof ApiError ? error : null;
    fail(at, attempt, known?.message ?? 'Something went wrong on this page.', known?.action ?? null);
  }
}

/** Asks the house for something; the answer is seen in `attemptOn`. */
export async function wishFor(device: Device, asked: Asked): Promise<void> {
  const { target, goal = null, question, ...command } = asked;
  if (!live.connected) return;
  let confirm = command.confirm;
  if (question) {
    if (!(await askToConfirm({ title: question, text: 'This is asked each time, because it concerns safety.' }))) return;
    confirm = true;
  }
  const request = { ...command, id: uuid(), ...(confirm ? { confirm } : {}) };
  await post(device, { target, device: device.id, request, goal, wish: null, state: 'pending', reason: null, action: null });
}

/** The same again. A new request: the old one has its outcome. */
export function retry(device: Device, attempt: Attempt): Promise<void> {
  const request = { ...attempt.request, id: uuid() };
  return post(device, { ...attempt, request, wish: null, state: 'pending', reason: null, action: null });
}
