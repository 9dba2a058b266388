// Starts the real server with a simulated house in a folder of its own, and ends it by its id.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const web = resolve(import.meta.dirname, '..');
const READY_WITHIN = 120_000;

/** Waiting longer cannot help. */
class Hopeless extends Error {}

/** Waits until `check` gives something true; there is no sleeping for luck in these tests. */
export async function until(what, check, within = 20_000) {
  const end = Date.now() + within;
  let last;
  for (;;) {
    try {
      const it = await check();
      if (it) return it;
      last = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** With `MQTT_ADOPT=false` among the settings nothing is ours by itself: everything waits in the inbox. */
export async function startHouse(settings = {}) {
  const binary = resolve(web, process.env.CONSCIOUSNESS_BIN ?? '../target/debug/consciousness');
  if (!existsSync(binary)) throw new Error(`${binary} is not there; build the server first or set CONSCIOUSNESS_BIN`);
  const house = resolve(web, process.env.CONSCIOUSNESS_HOUSE ?? '../houses/family.toml');
  const folder = mkdtempSync(join(tmpdir(), 'consciousness-e2e-'));
  const child = spawn(binary, ['serve', '--simulate', house], {
    cwd: folder,
    env: { ...process.env, API_PORT: '0', SIM_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let ended = false;
  const gone = new Promise((done) => child.once('exit', () => ((ended = true), done())));
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const line = (pattern) => said.match(pattern)?.[1];

  async function stop() {
    if (!ended) {
      child.kill('SIGTERM');
      // A server that does not end in time is a fault of its own, but must not stay behind.
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await until('the server says that it is ready', () => {
      if (ended) throw new Hopeless('the server ended before it was ready');
      return line(/is ready: (http:\S+)/) && line(/Simulator: (http:\S+)/);
    }, READY_WITHIN);
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${said.slice(-4000)}`);
  }
  const house_ = new House(line(/is ready: (http:\S+)/).replace(/\/$/, ''), line(/Simulator: (http:\S+)/).replace(/\/$/, ''));
  house_.stop = stop;
  house_.database = join(folder, 'consciousness.db');
  house_.output = () => said;
  house_.broker = line(/MQTT broker: (mqtt:\S+)/);
  // Nobody is signed in there yet, so nothing of the house can be waited for.
  if (settings.ENVIRONMENT === 'production') return house_;
  if (settings.MQTT_ADOPT === 'false') {
    try {
      await until('everything simulated waits in the inbox', async () => {
        const [found, theirs] = [await house_.api('GET', '/api/devices/discovered'), await house_.simulated()];
        return theirs.length > 0 && found.length >= theirs.length;
      }, 60_000);
      return house_;
    } catch (error) {
      await stop();
      throw error;
    }
  }
  try {
    await until('all simulated devices are ours and answering', async () => {
      const [ours, theirs] = [await house_.devices(), await house_.simulated()];
      return theirs.length > 0 && theirs.every((it) => ours.some((one) => one.slug === it.slug && one.connectivity === 'online'));
    }, 60_000);
  } catch (error) {
    const ours = new Set((await house_.devices()).filter((it) => it.connectivity === 'online').map((it) => it.slug));
    const missing = (await house_.simulated()).map((it) => it.slug).filter((it) => !ours.has(it));
    await stop();
    throw new Error(`${error.message}; missing or silent: ${missing.join(', ')}`);
  }
  return house_;
}

/** The running house, from the outside: the server's API and the simulator's. */
class House {
  constructor(url, sim) {
    this.url = url;
    this.sim = sim;
  }

  async api(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async devices() {
    const all = [];
    let cursor = '';
    do {
      const page = await this.api('GET', `/api/devices${cursor && `?cursor=${encodeURIComponent(cursor)}`}`);
      all.push(...page.devices);
      cursor = page.next ?? '';
    } while (cursor);
    return all;
  }

  device(slug) {
    return this.api('GET', `/api/devices/${slug}`);
  }

  async simulated() {
    const response = await fetch(`${this.sim}/api/devices`);
    if (!response.ok) throw new Error(`simulator: ${response.status}`);
    return response.json();
  }

  /** What the simulator says a property is; its state may be flat or by capability. */
  async simulatedValue(slug, name) {
    const found = (await this.simulated()).find((it) => it.slug === slug);
    const search = (state) => {
      for (const [key, value] of Object.entries(state ?? {})) {
        if (key === name || key.endsWith(`.${name}`)) return value;
        if (value && typeof value === 'object') {
          const inner = search(value);
          if (inner !== undefined) return inner;
        }
      }
      return undefined;
    };
    return search(found?.state);
  }

  async tellSimulator(slug, what) {
    const response = await fetch(`${this.sim}/api/devices/${slug}/${what}`, { method: 'POST' });
    if (!response.ok) throw new Error(`simulator: ${what} ${slug}: ${response.status} ${await response.text()}`);
  }

  /** Lets so many seconds of the simulated house pass at once. */
  async passTime(seconds) {
    const response = await fetch(`${this.sim}/api/clock/step`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ seconds }) });
    if (!response.ok) throw new Error(`simulator: step ${seconds}: ${response.status} ${await response.text()}`);
  }

  /** A device with a property that can be set; which one is the house's business. */
  async deviceWith(path, test = () => true) {
    const all = await this.devices();
    const found = all.find((it) => {
      const property = it.capabilities.flatMap((one) => one.properties).find((one) => one.path === path);
      return property?.writable && property.reported && it.connectivity === 'online' && test(it);
    });
    if (!found) throw new Error(`no device with ${path}`);
    return found;
  }
}
