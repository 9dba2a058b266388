story Two rules that set each other off are cut, named and shown

house ../small.house

scenario
    name = "A"
    mode = "parallel"
    when = [{ property = "OnOff.on_off", device = "hall_lamp", to = true }]
    then = [{ do = "turn_off", device = "hall_lamp" }]

scenario
    name = "B"
    mode = "parallel"
    when = [{ property = "OnOff.on_off", device = "hall_lamp", to = false }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

20:00 hall_lamp OnOff.on_off = true
    expect loop "a is held back" "a → b → a → b → a"
    expect 2 runs of a
    expect 2 runs of b
    expect trace b "hall lamp: On became false"
# An hour later it is cut again, and not sooner.
+1h hall_lamp OnOff.on_off = true
    hall_lamp OnOff.on_off = false
    expect loop "held back"
