story A device that is away: what may be sent late waits, what may not is refused, and the run says so

house ../small.house

scenario
    name = "Close up"
    then = [{ do = "lock", device = "front_lock" }]

scenario
    name = "Warm"
    then = [{ do = "set_temperature", device = "main_thermostat", value = 22 }]

20:00 front_lock DoorLock.lock_state = unlocked
    front_lock goes offline
    main_thermostat goes offline
    run close-up
    expect run close-up incomplete "front lock is offline, and this is never sent late"
    expect refused "front lock is offline"
    run warm
    expect main_thermostat wants Thermostat.heating_setpoint = 22
    expect run warm running
+1h main_thermostat comes online
    expect main_thermostat Thermostat.heating_setpoint = 22
    expect run warm completed
    front_lock comes online
+1h expect front_lock DoorLock.lock_state = unlocked
