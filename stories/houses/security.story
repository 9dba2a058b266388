story The family house: a security alert locks the front door and lights every room

house ../../houses/family.toml
    time 2026-11-24 02:00

02:00 run security-alert trigger=Smoke location=Kitchen
    expect told "Security alert: Smoke, Kitchen." once
    expect front_lock DoorLock.lock_state = locked
    expect bedroom_light OnOff.on_off = true
    expect mia_light OnOff.on_off = true
    expect mode alert
    expect run security-alert completed
