// Runs a story against a private Mosquitto and a real zigbee2mqtt, checks what it sees, and writes what was published
// as one JSON object a line: node record.cjs FILE

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const { setTimeout: sleep } = require("node:timers/promises");
const mqtt = require("mqtt");

const file = process.argv[2];
if (!file) {
  process.stderr.write("usage: record.cjs FILE\n");
  process.exit(2);
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), "zigbee2mqtt-record-"));
const children = [];
const messages = []; // what the broker carried, in order
const lines = []; // what the bench printed
let failed; // an order that it could not carry out

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(what, found, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
    if (failed) throw failed;
    const result = found();
    if (result) return result;
  }
  throw new Error(`waited ${seconds} s for ${what}\n${lines.slice(-20).map((line) => JSON.stringify(line)).join("\n")}`);
}

const includes = (whole, part) => Object.entries(part).every(([key, value]) => whole?.[key] === value);

/** Counts from here on, so that a step never takes an older message for its own. */
function mark() {
  const from = { messages: messages.length, lines: lines.length };
  const json = (payload) => {
    try {
      return JSON.parse(payload);
    } catch {
      return undefined;
    }
  };
  return {
    state: (name, expected, seconds) =>
      until(
        `${name} ${JSON.stringify(expected)}`,
        () => messages.slice(from.messages).some(({ topic, payload }) => topic === `zigbee2mqtt/${name}` && includes(json(payload), expected)),
        seconds,
      ),
    topic: (what, test, seconds) => until(what, () => messages.slice(from.messages).find(test), seconds),
    command: (device, cluster, command, payload = {}) => {
      const matches = ({ zcl }) =>
        zcl?.device === device && zcl.cluster === cluster && zcl.command === command && includes(zcl.payload, payload);
      return until(`${command} to ${device}`, () => lines.slice(from.lines).some(matches));
    },
  };
}

async function story(client, bench) {
  const order = (object) => bench.stdin.write(`${JSON.stringify(object)}\n`);
  const publish = (topic, payload) => client.publishAsync(`zigbee2mqtt/${topic}`, typeof payload === "string" ? payload : JSON.stringify(payload));

  const began = Date.now();
  await until("the ready line", () => lines.some(({ ready }) => ready));
  const ready = Date.now() - began;
  await until("the last discovery message", () => {
    const configs = messages.filter(({ topic }) => topic.startsWith("homeassistant/"));
    const before = Date.now() - 2000;
    return configs.length > 50 && configs.every(({ at }) => at < before);
  });
  process.stderr.write(`ready after ${ready} ms, all announced after ${Date.now() - began - 2000} ms\n`);

  let now = mark();
  await publish("living_room_lamp/set", { state: "ON", brightness: 200, color_temp: 250 });
  await now.command("living_room_lamp", "genLevelCtrl", "moveToLevelWithOnOff", { level: 200 });
  await now.command("living_room_lamp", "lightingColorCtrl", "moveToColorTemp", { colortemp: 250 });
  await now.state("living_room_lamp", { state: "ON", brightness: 200, color_temp: 250 });
  await publish("living_room_lamp/set", { color: { x: 0.69, y: 0.3 } });
  await now.command("living_room_lamp", "lightingColorCtrl", "moveToColor");
  await now.state("living_room_lamp", { color_mode: "xy" });
  await sleep(500);
  await publish("living_room_lamp/set", { state: "OFF" });
  await now.state("living_room_lamp", { state: "OFF" });

  // Somebody asks: the answer is read from the lamp and published like a report.
  await sleep(500);
  now = mark();
  await publish("living_room_lamp/get", { state: "" });
  await now.command("living_room_lamp", "genOnOff", "read");
  await now.state("living_room_lamp", { state: "OFF" });

  now = mark();
  await publish("kitchen_plug/set", { state: "OFF" });
  await now.command("kitchen_plug", "genOnOff", "off");
  await now.state("kitchen_plug", { state: "OFF", power: 0 });
  order({ device: "kitchen_plug", set: { state: true, power: 1500, energy: 12.6 } });
  await now.state("kitchen_plug", { state: "ON", power: 1500, energy: 12.6 });

  now = mark();
  await publish("bedroom_blind/set", { position: 40 });
  await now.command("bedroom_blind", "closuresWindowCovering", "goToLiftPercentage", { percentageliftvalue: 60 });
  await now.state("bedroom_blind", { position: 40 });
  await publish("bedroom_blind/set", { state: "CLOSE" });
  await now.state("bedroom_blind", { position: 0, state: "CLOSE" });

  now = mark();
  await publish("bedroom_radiator/set/occupied_heating_setpoint", "21.5");
  await now.state("bedroom_radiator", { occupied_heating_setpoint: 21.5 });
  order({ device: "bedroom_radiator", set: { local_temperature: 20.4, demand: 60 } });
  await now.state("bedroom_radiator", { local_temperature: 20.4, pi_heating_demand: 60, running_state: "heat" });

  now = mark();
  await publish("front_door_lock/set", { state: "UNLOCK" });
  await now.command("front_door_lock", "closuresDoorLock", "unlockDoor");
  await now.state("front_door_lock", { state: "UNLOCK", lock_state: "unlocked" });

  now = mark();
  order({ device: "bathroom_climate", set: { temperature: 23.4 } });
  await now.state("bathroom_climate", { temperature: 23.4 });
  order({ device: "bathroom_climate", set: { temperature: -5.25, battery: 10 } });
  await now.state("bathroom_climate", { temperature: -5.25, battery: 10 });
  order({ device: "front_door_contact", set: { open: true, battery_low: true } });
  await now.state("front_door_contact", { contact: false, battery_low: true });
  order({ device: "front_door_contact", set: { open: false, battery_low: false } });
  await now.state("front_door_contact", { contact: true, battery_low: false });
  order({ device: "laundry_leak", set: { leak: true } });
  await now.state("laundry_leak", { water_leak: true });
  order({ device: "laundry_leak", set: { leak: false } });
  await now.state("laundry_leak", { water_leak: false });
  order({ device: "hall/motion", set: { motion: true } });
  await now.state("hall/motion", { occupancy: true });
  await now.state("hall/motion", { occupancy: false });

  now = mark();
  order({ device: "Büro wall switch", set: { press: "on" } });
  await now.state("Büro wall switch", { action: "on" });
  await now.topic("a trigger", ({ topic }) => topic.includes("/device_automation/"));
  order({ device: "Büro wall switch", set: { hold: "off" } });
  await now.state("Büro wall switch", { action: "brightness_move_down" });
  order({ device: "Büro wall switch", set: { release: true } });
  await now.state("Büro wall switch", { action: "brightness_stop" });

  // A light that lost its power, and a command that it does not hear.
  now = mark();
  order({ device: "living_room_lamp", reachable: false });
  await publish("living_room_lamp/set", { state: "ON" });
  await now.command("living_room_lamp", "genOnOff", "on");
  await now.topic("offline", ({ topic, payload }) => topic === "zigbee2mqtt/living_room_lamp/availability" && payload.includes("offline"), 60);
  order({ device: "living_room_lamp", reachable: true });
  await now.topic("online", ({ topic, payload }) => topic === "zigbee2mqtt/living_room_lamp/availability" && payload.includes("online"));

  // A device that is paired, renamed and removed.
  now = mark();
  order({ device: "spare_bulb", join: true });
  const ieee = "0x680ae2000000000b";
  // The light comes first of what is announced of it, the firmware last.
  await now.topic("its discovery", ({ topic }) => topic === `homeassistant/light/${ieee}/light/config`);
  await now.topic("all of it", ({ topic }) => topic === `homeassistant/update/${ieee}/update/config`);
  await sleep(500);
  await publish("bridge/request/device/rename", { from: ieee, to: "attic_bulb" });
  await now.topic("its new name", ({ topic, payload }) => topic === `homeassistant/light/${ieee}/light/config` && payload.includes("zigbee2mqtt/attic_bulb/set"));
  await publish("attic_bulb/set", { brightness: 90 });
  await now.state("attic_bulb", { state: "ON", brightness: 90 });
  await publish("bridge/request/device/remove", { id: "attic_bulb" });
  await now.topic("the end of its discovery", ({ topic, payload }) => topic === `homeassistant/light/${ieee}/light/config` && !payload);

  now = mark();
  const flapping = messages.filter(({ topic, payload }) => topic.endsWith("/availability") && payload.includes("offline")).map(({ topic }) => topic);
  assert.deepEqual(flapping, ["zigbee2mqtt/living_room_lamp/availability"], "only the lamp was ever offline");
  const stopping = Date.now();
  bench.kill("SIGTERM");
  const code = await new Promise((resolve) => bench.once("exit", resolve));
  assert.equal(code, 0, "ended cleanly");
  process.stderr.write(`stopped after ${Date.now() - stopping} ms\n`);
  await now.topic("its last word", ({ topic, payload }) => topic === "zigbee2mqtt/bridge/state" && payload.includes("offline"));
}

async function main() {
  const port = await freePort();
  const conf = path.join(work, "mosquitto.conf");
  fs.writeFileSync(conf, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n`);
  children.push(spawn("mosquitto", ["-c", conf], { stdio: "ignore", env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }));

  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 100 });
  client.on("error", () => {});
  client.on("message", (topic, payload, { retain }) => messages.push({ at: Date.now(), topic, retain, payload: payload.toString() }));
  await new Promise((resolve) => client.once("connect", resolve));
  await client.subscribeAsync("#", { qos: 1, rap: true });

  const bench = spawn(path.join(__dirname, "run.sh"), {
    env: { ...process.env, MQTT_URL: `mqtt://127.0.0.1:${port}`, DATA_DIR: path.join(work, "data"), OFFLINE_AFTER_S: "10" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(bench);
  readline.createInterface({ input: bench.stdout }).on("line", (line) => {
    try {
      lines.push(JSON.parse(line));
    } catch {
      lines.push({ log: line });
    }
    if (lines.at(-1).error) failed = new Error(line);
  });

  await story(client, bench);
  await client.endAsync();

  // Its own affairs (versions, logs, requests) and what we asked are left out.
  const wanted = ({ topic }) =>
    topic.startsWith("homeassistant/") || topic === "zigbee2mqtt/bridge/state" || (/^zigbee2mqtt\/(?!bridge\/)/.test(topic) && !/\/(set|get)(\/|$)/.test(topic));
  const kept = messages.filter(wanted).map(({ topic, retain, payload }) => JSON.stringify({ topic, retain, payload }));
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  fs.writeFileSync(file, `${kept.join("\n")}\n`);
  process.stderr.write(`${kept.length} messages in ${file}\n`);
}

main()
  .catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  })
  .finally(() => {
    for (const child of children) if (child.exitCode === null) child.kill("SIGTERM");
    fs.rmSync(work, { recursive: true, force: true });
    setTimeout(() => process.exit(), 500).unref();
  });
