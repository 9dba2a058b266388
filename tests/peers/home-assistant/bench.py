"""A real Home Assistant with its demo house, on loopback: started, onboarded, furnished with areas.

Standard output is one JSON object a line, standard input likewise; README.md has the words.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import aiohttp

CONFIGURATION = """\
homeassistant:
  name: Home
  latitude: 52.5
  longitude: 13.4
  elevation: 30
  unit_system: metric
  currency: EUR
  time_zone: UTC
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
websocket_api:
auth:
config:
onboarding:
logger:
  default: error
{more}
"""

DEMO = """\
demo:
input_boolean:
  guests:
    name: Guests
input_number:
  dim_target:
    name: Dim target
    min: 0
    max: 50
    step: 5
    unit_of_measurement: "%"
input_select:
  house_mode:
    name: House mode
    options: [Home, Away, Night]
input_text:
  note:
    name: Note
input_button:
  gong:
    name: Gong
script:
  good_night:
    alias: Good night
    sequence:
      - service: light.turn_off
        target: {entity_id: light.bed_light}
scene:
  - name: Evening
    entities: {light.bed_light: "on"}
"""

# Rooms, and the devices (by name) or entities that stand in them.
ROOMS = {
    "Kitchen": ["Kitchen Lights", "Kitchen Door", "Kitchen Window"],
    "Bedroom": ["Bed Light"],
    "Living Room": ["Ceiling Lights", "Living Room Window", "HeatPump", "Ecobee"],
}


class Bench:
    """One Home Assistant, which may end and start again on the same data."""

    def __init__(self, folder: Path, port: int, more: str = DEMO) -> None:
        self.folder, self.port, self.more = folder, port, more
        self.base = f"http://127.0.0.1:{port}"
        self.process = None
        self.token = None

    async def start(self) -> float:
        """Starts it and waits until it runs; how long that took."""
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(port=self.port, more=self.more)
        (self.folder / "configuration.yaml").write_text(text)
        hass = Path(sys.executable).parent / "hass"
        self.process = await asyncio.create_subprocess_exec(
            str(hass), "-c", str(self.folder), "--skip-pip",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with aiohttp.ClientSession() as session:
            while True:
                if self.process.returncode is not None:
                    raise SystemExit("Home Assistant ended while it started")
                if time.monotonic() - began > 120:
                    raise SystemExit("Home Assistant did not start within 120 s")
                try:
                    if self.token is None:
                        self.token = await self.onboard(session)
                    config = await self.get(session, "/api/config")
                    if config["state"] == "RUNNING":
                        return time.monotonic() - began
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)

    async def stop(self, how: int = signal.SIGTERM) -> None:
        """Ends it, orderly or not."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()

    async def onboard(self, session: aiohttp.ClientSession) -> str:
        """Makes the first user and a long-lived token of theirs."""
        base = self.base + "/"
        kept = self.folder / "token"
        if kept.exists():
            return kept.read_text()
        user = {"client_id": base, "name": "Anna", "username": "anna", "password": "house-of-anna", "language": "en"}
        async with session.post(base + "api/onboarding/users", json=user) as answer:
            answer.raise_for_status()
            code = (await answer.json())["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": base}
        async with session.post(base + "auth/token", data=grant) as answer:
            answer.raise_for_status()
            short = (await answer.json())["access_token"]
        async with session.ws_connect(base + "api/websocket", max_msg_size=0) as socket:
            wire = Wire(socket)
            await wire.enter(short)
            ask = {"type": "auth/long_lived_access_token", "client_name": "mirror", "lifespan": 365}
            token = (await wire.ask(ask))["result"]
        kept.write_text(token)
        return token

    async def get(self, session: aiohttp.ClientSession, path: str):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with session.get(self.base + path, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def furnish(self) -> None:
        """Makes the rooms and puts things into them."""
        async with self.wire() as wire:
            devices = (await wire.ask({"type": "config/device_registry/list"}))["result"]
            entities = (await wire.ask({"type": "config/entity_registry/list"}))["result"]
            areas = (await wire.ask({"type": "config/area_registry/list"}))["result"]
            known = {area["name"].lower(): area["area_id"] for area in areas}
            for room, things in ROOMS.items():
                area = known.get(room.lower())
                if area is None:
                    made = await wire.ask({"type": "config/area_registry/create", "name": room})
                    area = made["result"]["area_id"]
                for device in devices:
                    if device["name"] in things:
                        await wire.ask({"type": "config/device_registry/update", "device_id": device["id"], "area_id": area})
                for entity in entities:
                    if entity["original_name"] in things and not entity["device_id"]:
                        await wire.ask({"type": "config/entity_registry/update", "entity_id": entity["entity_id"], "area_id": area})

    def wire(self) -> "Connected":
        return Connected(self)


class Wire:
    """Requests and answers over a WebSocket; what else comes is kept in `heard`."""

    def __init__(self, socket) -> None:
        self.socket, self.id, self.heard = socket, 0, []

    async def enter(self, token: str) -> dict:
        await self.socket.receive_json()
        await self.socket.send_json({"type": "auth", "access_token": token})
        return await self.socket.receive_json()

    async def ask(self, request: dict) -> dict:
        self.id += 1
        mine = self.id
        await self.socket.send_json({"id": mine, **request})
        while True:
            message = await self.socket.receive_json(timeout=30)
            if message.get("id") == mine and message["type"] in ("result", "pong"):
                return message
            self.heard.append(message)

    async def quiet(self, seconds: float = 0.4) -> list:
        """Everything that was heard until nothing came for a while."""
        while True:
            try:
                self.heard.append(await self.socket.receive_json(timeout=seconds))
            except asyncio.TimeoutError:
                heard, self.heard = self.heard, []
                return heard


class Connected:
    """A wire for as long as it is needed."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def __aenter__(self) -> Wire:
        self.session = aiohttp.ClientSession()
        socket = await self.session.ws_connect(self.bench.base + "/api/websocket", max_msg_size=0)
        wire = Wire(socket)
        await wire.enter(self.bench.token)
        return wire

    async def __aexit__(self, *_) -> None:
        await self.session.close()


def say(word: dict) -> None:
    print(json.dumps(word), flush=True)


async def obey(bench: Bench, order: dict) -> None:
    if "ask" in order:
        async with bench.wire() as wire:
            say({"done": await wire.ask(order["ask"])})
    elif "state" in order:
        headers = {"Authorization": f"Bearer {bench.token}"}
        async with aiohttp.ClientSession() as session:
            path = f"{bench.base}/api/states/{order['state']}"
            async with session.post(path, json=order["to"], headers=headers) as answer:
                say({"done": answer.status})
    elif "stop" in order:
        await bench.stop(signal.SIGKILL if order["stop"] == "kill" else signal.SIGTERM)
        say({"done": "stop"})
    elif "start" in order:
        say({"done": "start", "seconds": await bench.start()})
    else:
        say({"error": "not understood"})


async def main() -> None:
    bench = Bench(Path(os.environ["DATA_DIR"]), int(os.environ["PORT"]))
    ended = asyncio.get_running_loop().create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: ended.done() or ended.set_result(None))
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        seconds = await bench.start()
        await bench.furnish()
        say({"ready": True, "seconds": seconds, "url": bench.base, "token": bench.token})
        while True:
            line = asyncio.ensure_future(reader.readline())
            await asyncio.wait([line, ended], return_when=asyncio.FIRST_COMPLETED)
            if ended.done() or not line.result():
                return
            try:
                await obey(bench, json.loads(line.result()))
            except Exception as error:  # told to whoever gave the order
                say({"error": repr(error)})
    finally:
        await bench.stop(signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main())
