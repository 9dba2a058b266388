story Ten thousand presses at once run a rule at most sixty times a minute, and leave others alone

house ../small.house

scenario
    name = "Press"
    mode = "parallel"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ notify = "pressed" }]

scenario
    name = "Arrival"
    when = [{ property = "OccupancySensing.occupied", area = "Hall", to = true }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

20:00 10000 times hall_button does Button.press
    expect told "pressed" 60 times
    expect loop "press is held back" "more than 60 times within a minute"
    hall_motion OccupancySensing.occupied = true
    expect hall_lamp OnOff.on_off = true
+2min hall_button does Button.press
    expect told "pressed" 61 times
