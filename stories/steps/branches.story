story One thing or the other, several side by side, and an early end

house ../small.house

scenario
    name = "Both"
    then = [
        { parallel = [
            [{ do = "set_temperature", device = "main_thermostat", value = 22 }],
            [{ wait = "2min" }, { do = "turn_on", device = "living_lamp" }],
            [{ wait = "5min" }, { notify = "slow" }],
        ] },
        { if = [{ property = "OnOff.on_off", device = "living_lamp" }], then = [{ notify = "lit" }], else = [{ notify = "dark" }] },
    ]

scenario
    name = "Early"
    then = [
        { if = [{ presence = "anyone" }], then = [{ notify = "here" }, { stop = true }] },
        { notify = "gone" },
    ]

20:00 run both
    expect main_thermostat Thermostat.heating_setpoint = 22
+3min expect living_lamp OnOff.on_off = true
    expect nothing told
+3min expect told "slow" once
    expect told "lit" once
    expect run both completed
+1min run early
    expect told "here" once
    expect not told "gone"
    expect run early completed
