import { describe, expect, it } from 'vitest';
import { discovery } from '../../lib/live/testing';
import type { Opinion, Scan, ScanPart, Sighting } from '../../lib/wire';
import { elapsed, ending, inOrder, partWords, percent, protocolName, seenBy, sureness, taken, took } from './words';

const opinion = (value: string, confidence: number): Opinion => ({ value, confidence, evidence: ['because'] });
const part = (protocol: string, status: ScanPart['status'], found = 0): ScanPart => ({ protocol, status, found, duration_ms: 4200 });
const scan = (protocols: ScanPart[], new_count = 0): Scan => ({
  scan_id: 's', status: 'completed', started_at: '2026-11-23T08:00:00Z', ended_at: null, who: { kind: 'operator' }, protocols, new_count,
});
const nothing = { what: null, kind: null, brand: null, model: null, driver: null };

describe('a found thing', () => {
  it('is what the network suggests, else what it says itself, else unknown', () => {
    const what = opinion('printer', 0.8);
    expect(taken(discovery('a', { kind: 'appliance', guess: { ...nothing, what, kind: opinion('appliance', 0.9) } }))).toEqual({ what: 'Printer', opinion: what });
    const kind = opinion('media_player', 0.5);
    expect(taken(discovery('a', { guess: { ...nothing, kind } }))).toEqual({ what: 'Media player', opinion: kind });
    expect(taken(discovery('a', { kind: 'outlet' }))).toEqual({ what: 'Outlet', opinion: null });
    expect(taken(discovery('a')).what).toBe(null);
  });

  it('is never certain and never impossible', () => {
    expect([percent(0.999), percent(0.001), percent(0.456)]).toEqual(['99 %', '1 %', '46 %']);
    expect([0.95, 0.75, 0.5, 0.1].map(sureness)).toEqual(['almost certainly', 'probably', 'perhaps', 'just a guess']);
  });

  it('stands before those that are gone, newest first', () => {
    const old = discovery('old', { first_seen: '2026-01-01T00:00:00Z' });
    const gone = discovery('gone', { presence: 'offline', first_seen: '2027-01-01T00:00:00Z' });
    expect(inOrder([gone, old, discovery('new')]).map((it_) => it_.id)).toEqual(['new', 'old', 'gone']);
  });
});

describe('a search', () => {
  it('says how each protocol does', () => {
    expect(partWords(part('mdns', 'running'), 0)).toBe('searching');
    expect(partWords(part('mdns', 'running'), 3)).toBe('searching, sees 3');
    expect(partWords(part('mdns', 'completed', 7), 3)).toBe('sees 7, 4.2 s');
    expect(partWords(part('mdns', 'completed'), 3)).toBe('sees nothing, 4.2 s');
    expect(partWords(part('mdns', 'timed_out'), 0)).toBe('gave no answer in time');
    expect(partWords(part('mdns', 'from_the_future' as 'failed'), 0)).toBe('From the future');
    expect([took(310), took(12_340)]).toEqual(['310 ms', '12.3 s']);
    expect([protocolName('mdns'), protocolName('smoke_signals')]).toEqual(['mDNS (Bonjour)', 'Smoke signals']);
  });

  it('ends in a sentence that hides no failure', () => {
    expect(ending(scan([part('mdns', 'completed')]))).toBe('I found nothing new.');
    expect(ending(scan([part('mdns', 'completed'), part('ssdp', 'failed')], 2))).toBe('I found 2 new things. UPnP did not work.');
    expect(ending(scan([part('bluetooth', 'disabled')]))).toBe('Nothing here can search at the moment.');
    expect(ending(scan([]))).toBe('Nothing here can search at the moment.');
  });

  it('takes as long as it does on the wall, however fast the house lives', () => {
    const now = Date.parse('2026-11-23T08:10:00Z');
    expect(elapsed(scan([]), now, 60)).toBe(10);
    expect(elapsed(scan([]), now - 599_000, 1)).toBe(1);
    expect(elapsed(scan([]), now - 3_600_000, 1)).toBe(null);
    expect(elapsed(scan([]), now, 0)).toBe(null);
  });

  it('counts what a protocol sees now, each thing once', () => {
    const seen = (present: boolean): Sighting => ({
      protocol: 'mdns', native_id: 'x', name: null, present, first_seen: '', last_seen: '', addresses: [], facts: [],
    });
    const things = [discovery('a', { sightings: [seen(true), seen(true)] }), discovery('b', { sightings: [seen(false)] }), discovery('c')];
    expect([seenBy('mdns', things), seenBy('ssdp', things)]).toEqual([1, 0]);
  });
});
