// Replaces zigbee-herdsman's radio adapter, and nothing above it, by one whose air is a table of devices.
// Frames go through the real codec in both directions, so that what zigbee2mqtt sees is what a radio would hand it.
//
// Standard output carries one JSON object a line; standard input takes one a line (README.md lists both).

const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const herdsman = (file) => require(path.join(__dirname, "node_modules/zigbee-herdsman/dist", file));
const { Adapter } = herdsman("adapter/adapter.js");
const Zcl = herdsman("zspec/zcl");
const Zdo = herdsman("zspec/zdo");

const COORDINATOR = "0x00124b00120144ae";
const MOVE_MS = 300; // how long a blind, a lock or a lamp takes to get where it was sent
const FRAME_MS = 20; // between two frames: one channel carries one at a time, and converters count on it

const table = require("./devices.cjs");
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

/** One device on the air: what it remembers, and how it speaks. */
class Device {
  constructor(description) {
    this.about = description;
    this.reachable = !description.absent;
    this.memory = new Map(); // cluster number -> attribute number -> { type, value }
    this.sequence = 0;
    this.endpoint = Number(Object.keys(description.endpoints)[0]);
    for (const [cluster, attributes] of Object.entries(description.attributes)) this.store(cluster, attributes);
    const { maker, model, powerSource, build } = description;
    this.store("genBasic", { manufacturerName: maker, modelId: model, powerSource, ...(build && { swBuildId: build }) });
    description.start?.(this);
  }

  #attributes(cluster, values) {
    return Object.entries(values).map(([key, value]) => {
      if (/^\d+$/.test(key)) return { id: Number(key), type: value[0], value: value[1] };
      const known = Zcl.Utils.getClusterAttribute(cluster, key, undefined);
      if (!known) throw new Error(`${this.about.name}: ${cluster.name} has no attribute ${key}`);
      return { id: known.ID, type: known.type, value };
    });
  }

  cluster(name) {
    return Zcl.Utils.getCluster(name, undefined, {});
  }

  store(name, values) {
    const cluster = this.cluster(name);
    const attributes = this.#attributes(cluster, values);
    for (const { id, type, value } of attributes) this.remember(cluster.ID, id, type, value);
    return { cluster, attributes };
  }

  remember(clusterId, id, type, value) {
    if (!this.memory.has(clusterId)) this.memory.set(clusterId, new Map());
    this.memory.get(clusterId).set(id, { type, value });
  }

  recall(clusterId, id) {
    return this.memory.get(clusterId)?.get(id);
  }

  get(name, attribute) {
    const cluster = this.cluster(name);
    return this.recall(cluster.ID, Zcl.Utils.getClusterAttribute(cluster, attribute, undefined).ID)?.value;
  }

  next() {
    this.sequence = (this.sequence + 1) & 0xff;
    return this.sequence;
  }

  /** What the radio hands up for one frame of this device. */
  payload(clusterId, data, endpoint = this.endpoint) {
    return {
      clusterID: clusterId,
      address: this.about.nwk,
      header: Zcl.Header.fromBuffer(data),
      data,
      endpoint,
      linkquality: 142,
      groupID: 0,
      wasBroadcast: false,
      destinationEndpoint: 1,
    };
  }

  speak(clusterId, data) {
    sent = sent.then(async () => {
      if (this.reachable) radio.emit("zclPayload", this.payload(clusterId, data));
      await sleep(FRAME_MS);
    });
  }

  /** An attribute report, which is also what the device answers from now on. */
  report(name, values, manufacturer) {
    const { cluster, attributes } = this.store(name, values);
    const records = attributes.map(({ id, type, value }) => ({ attrId: id, dataType: type, attrData: value }));
    const { GLOBAL } = Zcl.FrameType;
    const { SERVER_TO_CLIENT } = Zcl.Direction;
    this.speak(cluster.ID, Zcl.Frame.create(GLOBAL, SERVER_TO_CLIENT, true, manufacturer, this.next(), "report", cluster, records, {}).toBuffer());
  }

  /** A report whose records are given as bytes. */
  raw(name, bytes) {
    const SERVER_TO_CLIENT_NO_REPLY = 0x18;
    const REPORT = 0x0a;
    this.speak(this.cluster(name).ID, Buffer.from([SERVER_TO_CLIENT_NO_REPLY, this.next(), REPORT, ...bytes]));
  }

  /** A command from the device's server side, such as an alarm. */
  send(name, command, fields, direction = Zcl.Direction.SERVER_TO_CLIENT) {
    const cluster = this.cluster(name);
    const frame = Zcl.Frame.create(Zcl.FrameType.SPECIFIC, direction, true, undefined, this.next(), command, cluster, fields, {});
    this.speak(cluster.ID, frame.toBuffer());
  }

  /** A command from its client side: a button that would switch something. */
  press(name, command, fields) {
    this.send(name, command, fields, Zcl.Direction.CLIENT_TO_SERVER);
  }

  /** What it says when the network comes up. */
  hello() {
    const { hello = {}, set } = this.about;
    for (const [name, value] of Object.entries(hello)) set[name](this, value);
  }
}

/** What commands do to a device: new attribute values, reported once it got there. */
const EFFECTS = {
  genOnOff: {
    on: () => ({ genOnOff: { onOff: 1 } }),
    off: () => ({ genOnOff: { onOff: 0 } }),
    offWithEffect: () => ({ genOnOff: { onOff: 0 } }),
    onWithTimedOff: () => ({ genOnOff: { onOff: 1 } }),
    toggle: (_, device) => ({ genOnOff: { onOff: 1 - device.get("genOnOff", "onOff") } }),
  },
  genLevelCtrl: {
    moveToLevel: ({ level }) => ({ genLevelCtrl: { currentLevel: level } }),
    moveToLevelWithOnOff: ({ level }) => ({
      genOnOff: { onOff: level > 0 ? 1 : 0 },
      ...(level > 0 && { genLevelCtrl: { currentLevel: level } }),
    }),
  },
  lightingColorCtrl: {
    moveToColorTemp: ({ colortemp }) => ({ lightingColorCtrl: { colorMode: 2, colorTemperature: colortemp } }),
    moveToColor: ({ colorx, colory }) => ({ lightingColorCtrl: { colorMode: 1, currentX: colorx, currentY: colory } }),
  },
  closuresWindowCovering: {
    upOpen: () => ({ closuresWindowCovering: { currentPositionLiftPercentage: 0 } }),
    downClose: () => ({ closuresWindowCovering: { currentPositionLiftPercentage: 100 } }),
    goToLiftPercentage: ({ percentageliftvalue }) => ({ closuresWindowCovering: { currentPositionLiftPercentage: percentageliftvalue } }),
  },
  hvacThermostat: {
    danfossSetpointCommand: ({ setpoint }) => ({ hvacThermostat: { occupiedHeatingSetpoint: setpoint } }),
  },
  closuresDoorLock: {
    lockDoor: () => ({ closuresDoorLock: { lockState: 1 } }),
    unlockDoor: () => ({ closuresDoorLock: { lockState: 2 } }),
  },
};

const devices = new Map(table.map((description) => [description.name, new Device(description)]));
const byAddress = new Map([...devices.values()].map((device) => [device.about.nwk, device]));
let radio;
let sent = Promise.resolve(); // settles when everything said so far is on the air

class Air extends Adapter {
  constructor(...options) {
    super(...options);
    this.hasZdoMessageOverhead = false;
    this.moving = new Map();
    radio = this;
  }

  async start() {
    return "resumed";
  }
  async stop() {
    for (const timer of this.moving.values()) clearTimeout(timer);
  }
  async getCoordinatorIEEE() {
    return COORDINATOR;
  }
  async getCoordinatorVersion() {
    return { type: "bench", meta: { revision: 1 } };
  }
  async getNetworkParameters() {
    const { panID, extendedPanID, channelList } = this.networkOptions;
    return { panID, extendedPanID: `0x${Buffer.from(extendedPanID).toString("hex")}`, channel: channelList[0], nwkUpdateID: 0 };
  }
  async reset() {}
  async supportsBackup() {
    return false;
  }
  async backup() {
    throw new Error("this radio has no backup");
  }
  async addInstallCode() {}
  async permitJoin() {}
  waitFor() {
    return { promise: new Promise(() => {}), cancel() {} };
  }
  async setChannelInterPAN() {}
  async restoreChannelInterPAN() {}
  async sendZclFrameInterPANToIeeeAddr() {}
  async sendZclFrameInterPANBroadcast() {
    throw new Error("nobody answered");
  }

  async sendZdo(_ieee, nwk, clusterId, payload) {
    const device = byAddress.get(nwk);
    if (nwk < 0xfff8 && !device?.reachable) throw new Error(`no answer from ${nwk}`);
    const ok = (answer = {}) => [Zdo.Status.SUCCESS, answer];
    switch (clusterId) {
      case Zdo.ClusterId.NODE_DESCRIPTOR_REQUEST:
        return ok({ nwkAddress: nwk, logicalType: device.about.type === "Router" ? 1 : 2, manufacturerCode: device.about.makerCode });
      case Zdo.ClusterId.ACTIVE_ENDPOINTS_REQUEST:
        return ok({ nwkAddress: nwk, endpointList: Object.keys(device.about.endpoints).map(Number) });
      case Zdo.ClusterId.SIMPLE_DESCRIPTOR_REQUEST: {
        const id = payload[payload.length - 1];
        const { profile, deviceId, input, output } = device.about.endpoints[id];
        return ok({ nwkAddress: nwk, endpoint: id, profileId: profile, deviceId, deviceVersion: 1, inClusterList: input, outClusterList: output });
      }
      case Zdo.ClusterId.LEAVE_REQUEST:
        say({ left: device.about.name });
        device.reachable = false;
        return ok();
      default:
        return ok();
    }
  }

  async sendZclFrameToEndpoint(_ieee, nwk, endpoint, frame, timeout, disableResponse) {
    const { cluster, command, header } = frame;
    const device = byAddress.get(nwk);
    const ping = header.isGlobal && command.name === "read" && cluster.name === "genBasic";
    if (!ping) {
      say({ zcl: { device: device?.about.name, nwk, endpoint, cluster: cluster.name, command: command.name, payload: frame.payload } });
    }
    // A radio waits for `timeout` before it gives up; what a test would learn from the waiting is nothing.
    if (!device?.reachable) throw new Error(`timeout after ${timeout}ms: no answer from ${nwk}`);

    const reply = header.isGlobal ? this.#globalReply(device, frame) : this.#commandReply(device, frame);
    const wanted = command.response !== undefined ? !disableResponse : !header.frameControl.disableDefaultResponse;
    if (!reply || !wanted) return undefined;
    const [type, name, fields] = reply;
    const { SERVER_TO_CLIENT } = Zcl.Direction;
    const answer = Zcl.Frame.create(type, SERVER_TO_CLIENT, true, header.manufacturerCode, header.transactionSequenceNumber, name, cluster, fields, {});
    const payload = device.payload(cluster.ID, answer.toBuffer(), endpoint);
    // An answer is also an ordinary incoming frame, and comes in before the waiting ends. Without this the device
    // would never count as seen, hence be offline, and what it answered to a read would not reach the converters.
    this.emit("zclPayload", payload);
    return payload;
  }

  #globalReply(device, { cluster, command, payload }) {
    const { GLOBAL } = Zcl.FrameType;
    const { SUCCESS, UNSUPPORTED_ATTRIBUTE } = Zcl.Status;
    switch (command.name) {
      case "read": {
        const records = payload.map(({ attrId }) => {
          const known = device.recall(cluster.ID, attrId);
          if (!known) return { attrId, status: UNSUPPORTED_ATTRIBUTE };
          return { attrId, status: SUCCESS, dataType: known.type, attrData: known.value };
        });
        const missing = records.filter(({ status }) => status !== SUCCESS).map(({ attrId }) => attrId);
        if (missing.length) say({ unsupported: { device: device.about.name, cluster: cluster.name, attributes: missing } });
        return [GLOBAL, "readRsp", records];
      }
      case "write":
        for (const { attrId, dataType, attrData } of payload) device.remember(cluster.ID, attrId, dataType, attrData);
        return [GLOBAL, "writeRsp", [{ status: SUCCESS }]];
      case "configReport":
        return [GLOBAL, "configReportRsp", [{ status: SUCCESS }]];
      default:
        return undefined;
    }
  }

  #commandReply(device, frame) {
    const { cluster, command, payload } = frame;
    const after = EFFECTS[cluster.name]?.[command.name]?.(payload, device);
    if (after) this.#move(device, cluster.name, after);
    if (command.name === "stop") this.#halt(device, cluster.name);
    if (command.response !== undefined) {
      const { name, parameters } = Zcl.Utils.getClusterCommandResponse(cluster, command.response);
      const fields = Object.fromEntries(parameters.map((parameter) => [parameter.name, payload[parameter.name] ?? 0]));
      return [Zcl.FrameType.SPECIFIC, name, fields];
    }
    return [Zcl.FrameType.GLOBAL, "defaultRsp", { cmdId: command.ID, statusCode: Zcl.Status.SUCCESS }];
  }

  #move(device, cluster, after) {
    const key = `${device.about.name} ${cluster}`;
    clearTimeout(this.moving.get(key));
    // Remembered at once, told when done.
    for (const [name, values] of Object.entries(after)) device.store(name, values);
    this.moving.set(key, setTimeout(() => {
      this.moving.delete(key);
      for (const [name, values] of Object.entries(after)) {
        device.report(name, values);
        device.about.changed?.(device, name);
      }
    }, MOVE_MS));
  }

  #halt(device, cluster) {
    const key = `${device.about.name} ${cluster}`;
    clearTimeout(this.moving.get(key));
    this.moving.delete(key);
  }

  async sendZclFrameToGroup(group, { cluster, command, payload }) {
    say({ zcl: { group, cluster: cluster.name, command: command.name, payload } });
  }
  async sendZclFrameToAll(_endpoint, { cluster, command, payload }) {
    say({ zcl: { broadcast: true, cluster: cluster.name, command: command.name, payload } });
  }
}

Adapter.create = async (...options) => new Air(...options);

/** Does what one line of standard input asks for; done when all of it is on the air. */
async function obey(order) {
  const device = devices.get(order.device);
  if (!device) throw new Error(`no device ${JSON.stringify(order.device)}; there are ${[...devices.keys()].join(", ")}`);
  const { nwk, ieee, set } = device.about;
  if (order.join) {
    device.reachable = true;
    radio.emit("deviceJoined", { networkAddress: nwk, ieeeAddr: ieee });
  }
  if (order.leave) {
    device.reachable = false;
    radio.emit("deviceLeave", { networkAddress: nwk, ieeeAddr: ieee });
  }
  if (order.reachable === false) device.reachable = false;
  if (order.reachable === true) {
    device.reachable = true;
    const announce = [Zdo.Status.SUCCESS, { nwkAddress: nwk, eui64: ieee, capabilities: {} }];
    radio.emit("zdoResponse", Zdo.ClusterId.END_DEVICE_ANNOUNCE, announce);
  }
  for (const [name, value] of Object.entries(order.set ?? {})) {
    if (!set?.[name]) throw new Error(`${order.device} has no ${name}; it has ${Object.keys(set ?? {}).join(", ")}`);
    set[name](device, value);
  }
  await sent;
}

async function hello() {
  for (const device of devices.values()) if (device.reachable) device.hello();
  await sent;
}

module.exports = { COORDINATOR, table, say, obey, hello };
