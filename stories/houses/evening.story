story The family house: sunset, somebody at home, and the blinds go down

house ../../houses/family.toml
    time 2026-11-23 16:00

scenario
    name = "Evening"
    when = [{ sun = "sunset" }]
    if = [{ presence = "anyone" }]
    then = [
        { do = "close", area = "living_room", kind = "cover" },
        { do = "turn_on", area = "living_room", kind = "light" },
        { do = "set_brightness", device = "reading_lamp", value = 35 },
    ]

16:00 expect no problem evening
    Anna asks set_position living_blinds 80
    expect living_blinds WindowCovering.position = 80
16:45 expect run evening completed
    expect living_blinds WindowCovering.position = 0
    expect living_ceiling OnOff.on_off = true
    expect reading_lamp LevelControl.current_level = 35
    expect garage_door wants nothing
    expect nothing refused
