story A loop that never waits ends at its bound, and others go on beside it

house ../small.house

scenario
    name = "Busy"
    then = [{ repeat = 1000, steps = [{ repeat = 1000, steps = [{ if = [{ presence = "nobody" }], then = [{ stop = true }] }] }] }, { notify = "done" }]

scenario
    name = "Other"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

20:00 run busy
    expect run busy running
    hall_button does Button.press
    expect hall_lamp OnOff.on_off = true
    stop busy
    expect run busy stopped
