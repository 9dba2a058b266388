story The first who comes and the last who leaves

house ../small.house

scenario
    name = "Off"
    when = [{ presence = "nobody" }]
    then = [{ do = "turn_off", kind = "light" }]

scenario
    name = "Welcome"
    when = [{ presence = "anyone" }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

scenario
    name = "Ben is back"
    when = [{ presence = "Ben", is = "home" }]
    then = [{ notify = "Ben is home." }]

20:00 living_lamp OnOff.on_off = true
    Anna leaves
    expect living_lamp OnOff.on_off = true
+1min Ben leaves
    expect living_lamp OnOff.on_off = false
    expect trace off "Ben left"
+1min Anna comes home
    expect hall_lamp OnOff.on_off = true
    expect nothing told
+1min Ben comes home
    expect 1 run of welcome
    expect told "Ben is home." once
