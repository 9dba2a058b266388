story A security alert: told at once, doors locked, everything lit

house ../small.house

20:00 front_lock DoorLock.lock_state = unlocked
    run security-alert trigger="Glass broke" location=Kitchen
    expect told "Security alert: Glass broke, Kitchen." once
    expect mode alert
    expect front_lock DoorLock.lock_state = locked
    expect hall_lamp LevelControl.current_level = 100
    expect living_lamp OnOff.on_off = true
    expect run security-alert completed
