/** The places of the house's page, in the order of the rail. */
import { session } from '../lib/session.svelte';
import Automations from '@lucide/svelte/icons/workflow';
import Clock from '@lucide/svelte/icons/clock';
import Compass from '@lucide/svelte/icons/compass';
import Gear from '@lucide/svelte/icons/settings';
import Grid from '@lucide/svelte/icons/layout-grid';
import House from '@lucide/svelte/icons/house';
import Sparkles from '@lucide/svelte/icons/sparkles';
import Gauge from '@lucide/svelte/icons/gauge';
import Heart from '@lucide/svelte/icons/heart';
import Bubbles from '@lucide/svelte/icons/messages-square';
import Person from '@lucide/svelte/icons/circle-user-round';
import People from '@lucide/svelte/icons/users';
import Shield from '@lucide/svelte/icons/shield-check';
import Loop from '@lucide/svelte/icons/refresh-cw';
import Rest from '@lucide/svelte/icons/ellipsis';

export type Place = {
  page: string;
  href: string;
  name: string;
  /** A shorter word for the bar, where the name is long. */
  short?: string;
  about: string;
  Icon: typeof House;
  /** Whether the bar of a phone has room for it. */
  bar?: boolean;
  /** Whether the rail has: the rest stands under More. */
  rail?: boolean;
  /** Whether it is for who is limited to some rooms too. */
  rooms?: boolean;
  /** The right that it takes. */
  right?: string;
};

const ALL: Place[] = [
  { page: 'home', href: '/', name: 'Home', about: 'The house at a glance', Icon: House, bar: true, rail: true, rooms: true },
  { page: 'devices', href: '/devices', name: 'Devices', about: 'Every device', Icon: Grid, bar: true, rail: true, rooms: true },
  { page: 'discover', href: '/discover', name: 'Discover', about: 'What is there and not ours yet', Icon: Compass, rail: true, right: 'manage_house' },
  { page: 'automations', href: '/automations', name: 'Automations', short: 'Rules', about: 'What happens by itself', Icon: Automations, bar: true, rail: true },
  { page: 'timeline', href: '/timeline', name: 'Timeline', about: 'Everything that happened, with its cause', Icon: Clock, rail: true },
  { page: 'memory', href: '/memory', name: 'Memory', about: 'What I have learnt and been told', Icon: Sparkles, rail: true, right: 'private' },
  { page: 'mood', href: '/mood', name: 'Mood', about: 'How I feel, and why', Icon: Heart },
  { page: 'talk', href: '/talk', name: 'Conversations', about: 'What we talked about', Icon: Bubbles, right: 'converse' },
  { page: 'loop', href: '/loop', name: 'Inner loop', about: 'How I sense, judge, learn and act (SAFLA)', Icon: Loop, right: 'read_health' },
  { page: 'people', href: '/people', name: 'People and access', about: 'Who may come in, and what they may do', Icon: People, right: 'manage_users' },
  { page: 'security', href: '/security', name: 'Security', about: 'Sign-ins, refusals, and what should be better', Icon: Shield, right: 'operate' },
  { page: 'server', href: '/server', name: 'Server', about: 'Pace, resources, backups, what can be switched off', Icon: Gauge, right: 'read_health' },
  { page: 'account', href: '/account', name: 'My account', about: 'Password, second factor, sessions, tokens', Icon: Person, rooms: true },
  { page: 'settings', href: '/settings', name: 'Settings', about: 'Colours, the house, its health', Icon: Gear, rail: true, rooms: true },
  { page: 'more', href: '/more', name: 'More', about: '', Icon: Rest, bar: true, rail: true, rooms: true },
];

/** Whether somebody may go there; what they may not see is not offered. */
function isFor(place: Place): boolean {
  return (place.rooms || session.whole) && (!place.right || session.may(place.right));
}

/** The places of who sits here. */
export const places = (): Place[] => ALL.filter(isFor);

/** Why somebody may not go to a page; null where they may. */
export function closed(page: string): string | null {
  const place = ALL.find((it) => it.page === placeOf(page));
  if (!place || isFor(place)) return null;
  return !place.rooms && !session.whole
    ? 'You see some rooms of this house, and this is about all of it.'
    : 'This takes a right that you do not have.';
}

/** The place under which a page is found. */
export function placeOf(page: string): string {
  if (page === 'device') return 'devices';
  return ['scenario', 'editor', 'run', 'safety'].includes(page) ? 'automations' : page;
}
