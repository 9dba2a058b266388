/** Which fault belongs beside which card. Pure. */
import type { Fault } from './wire';

/** The faults at a place and inside it, but not in the cards inside it: those show their own. */
export function faultsAt(faults: Fault[], place: string, inside: string[] = []): Fault[] {
  return faults.filter((it) => isIn(it.path, place) && !inside.some((one) => isIn(it.path, one)));
}

function isIn(path: string, place: string): boolean {
  if (!path.startsWith(place)) return false;
  const next = path.charAt(place.length);
  return next === '' || next === '.' || next === '[';
}

/** The faults that belong to no list of cards: of the name, and of the document as a whole. */
export function faultsElsewhere(faults: Fault[]): Fault[] {
  return faults.filter((it) => !/^(when|if|then)\[\d+\]/.test(it.path) && it.path !== 'then');
}

/** The part of a path after a place: the field that is meant, for people. */
export function fieldOf(path: string, place: string): string {
  return path.slice(place.length).replace(/^\./, '');
}
