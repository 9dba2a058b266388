story A mode of the house sets off what belongs to it, however it is written

house ../small.house
    hall_lamp OnOff.on_off = true

scenario
    name = "Good night"
    when = [{ mode = "Night" }]
    then = [{ do = "turn_off", kind = "light" }, { do = "lock", kind = "lock" }]

scenario
    name = "Quiet"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ mode = ["Night", "away"] }]
    then = [{ notify = "Hush." }]

20:00 hall_button does Button.press
    expect run quiet skipped
+1h mode night
    expect mode night
    expect hall_lamp OnOff.on_off = false
    expect run good-night completed
    hall_button does Button.press
    expect told "Hush." once
