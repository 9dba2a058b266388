story A device that takes orders and does nothing is said to

house ../small.house

scenario
    name = "Light"
    then = [{ do = "turn_on", device = "hall_lamp" }, { if = [{ property = "OnOff.on_off", device = "hall_lamp" }], then = [{ notify = "lit" }], else = [{ notify = "dark" }] }]

20:00 hall_lamp falls silent
    run light
    expect hall_lamp wants OnOff.on_off = true
    expect run light running
    expect nothing told
+1min expect run light incomplete "the device did not report it in time"
    expect told "dark" once
    expect hall_lamp OnOff.on_off = false
    expect hall_lamp wants nothing
+1min hall_lamp answers again
    run light
    expect told "lit" once
