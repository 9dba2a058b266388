story A security alert where the lock does not answer says so

house ../small.house

20:00 front_lock DoorLock.lock_state = unlocked
    front_lock goes offline
    run security-alert
    expect told "Security alert: somebody asked for it, an unknown place." once
    expect run security-alert incomplete "front lock"
    expect hall_lamp OnOff.on_off = true
    expect front_lock DoorLock.lock_state = unlocked
