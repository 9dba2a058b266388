"""Records what a real Home Assistant answers and tells, as the fixture of the driver's tests.

    .venv/bin/python record.py FILE

One JSON object a line: `ask` is a request (without its id), `answer` what came back with that id, `told` what came by
itself until nothing came any more, each with the id of the `ask` that subscribed to it. `do` are requests of somebody else
(over a connection of its own), with what we were `told` of it. What differs from one installation to the next and means
nothing here (tokens, people's ids) is replaced.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench import Bench

EVENTS = ["area_registry_updated", "device_registry_updated", "entity_registry_updated", "core_config_updated"]


def call(domain: str, service: str, entity: str, **data) -> dict:
    return {"type": "call_service", "domain": domain, "service": service, "service_data": data, "target": {"entity_id": entity}}


# What the mirror calls, as it calls it.
CALLS = [
    call("light", "turn_on", "light.bed_light"),
    call("light", "turn_on", "light.bed_light", brightness=128),
    call("light", "turn_on", "light.bed_light", hs_color=[120, 50]),
    call("light", "turn_on", "light.bed_light", color_temp_kelvin=4000),
    call("light", "turn_off", "light.bed_light"),
    call("lock", "unlock", "lock.front_door"),
    call("lock", "lock", "lock.front_door"),
    call("cover", "set_cover_position", "cover.hall_window", position=30),
    call("climate", "set_temperature", "climate.heatpump", temperature=22.5),
    call("climate", "set_hvac_mode", "climate.heatpump", hvac_mode="off"),
    call("alarm_control_panel", "alarm_disarm", "alarm_control_panel.security"),
    call("input_number", "set_value", "input_number.dim_target", value=25),
]


def plain(word, secrets: dict):
    """The same without what is secret or personal."""
    text = json.dumps(word, ensure_ascii=False)
    for secret, instead in secrets.items():
        text = text.replace(secret, instead)
    return json.loads(text)


async def main(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 18127)
        await bench.start()
        try:
            await bench.furnish()
            lines = await story(bench)
        finally:
            await bench.stop()
    with path.open("w") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(lines), "lines")


async def story(bench: Bench) -> list:
    lines, secrets = [], {bench.token: "TOKEN"}
    async with bench.wire() as wire, bench.wire() as other:
        asked = {}

        async def ask(request: dict, calm: float = 0.0) -> dict:
            wire.id += 1
            mine = wire.id
            asked[mine] = request
            await wire.socket.send_json({"id": mine, **request})
            heard = await wire.quiet(max(calm, 0.3))
            answer = next(m for m in heard if m.get("id") == mine and m["type"] != "event")
            told = [m for m in heard if m is not answer]
            lines.append({"ask": request, "answer": answer, "told": [tell(m) for m in told]})
            return answer

        def tell(message: dict) -> dict:
            return {"of": asked[message["id"]], "message": message}

        async def do(request: dict, calm: float = 1.0) -> None:
            answer = await other.ask(request)
            lines.append({"do": request, "success": answer["success"], "told": [tell(m) for m in await wire.quiet(calm)]})

        await ask({"type": "get_config"})
        await ask({"type": "config/area_registry/list"})
        await ask({"type": "config/device_registry/list"})
        entities = await ask({"type": "config/entity_registry/list"})
        for event in EVENTS:
            await ask({"type": "subscribe_events", "event_type": event})
        await ask({"type": "subscribe_entities"}, 1.0)
        await ask({"type": "ping"})
        for request in CALLS:
            # Locks and covers of the demo take their time.
            await ask(request, 3.5 if request["domain"] in ("lock", "cover") else 0.5)
        await do(call("button", "press", "button.push"))
        await do(call("switch", "turn_on", "switch.ac"))
        await do(call("media_player", "volume_set", "media_player.walkman", volume_level=0.25))
        await do({"type": "config/entity_registry/update", "entity_id": "light.ceiling_lights", "new_entity_id": "light.above"})
        await ask({"type": "config/entity_registry/list"})
        await do({"type": "config/device_registry/update", "device_id": device(entities, "switch.ac"), "area_id": "kitchen"})
        await ask({"type": "config/device_registry/list"})
        await do({"type": "config/entity_registry/remove", "entity_id": "cover.garage_door"})
        await ask({"type": "config/entity_registry/list"})
        for state in (await other.ask({"type": "get_states"}))["result"]:
            for name in ("access_token", "user_id"):
                if state["attributes"].get(name):
                    secrets[state["attributes"][name]] = name.upper()
        for user in (await other.ask({"type": "config/auth/list"}))["result"]:
            secrets[user["id"]] = "USER_ID"
    return [plain(line, secrets) for line in lines]


def device(entities: dict, entity: str) -> str:
    return next(e["device_id"] for e in entities["result"] if e["entity_id"] == entity)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
