story A compressor rests after six starts within an hour

house
    zone Europe/Amsterdam
    time 2026-11-23 20:00
    person Anna home
    appliance fridge in Kitchen with OnOff
    fridge OnOff.on_off = false

scenario
    name = "Flutter"
    then = [{ repeat = 7, steps = [{ do = "turn_on", device = "fridge" }, { wait = "1min" },
        { do = "turn_off", device = "fridge" }, { wait = "1min" }] }]

20:00 run flutter
+11min expect nothing refused
+5min expect refused "fridge was started 6 times within the last hour"
    expect fridge OnOff.on_off = false
+20min Anna asks turn_on fridge
    expect fridge OnOff.on_off = false
21:01 Anna asks turn_on fridge
    expect fridge OnOff.on_off = true
