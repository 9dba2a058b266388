story A button's presses are told apart

house ../small.house

scenario
    name = "One press"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

scenario
    name = "Two presses"
    when = [{ event = "double_press", device = "hall_button" }]
    then = [{ do = "turn_off", kind = "light" }]

scenario
    name = "Any press"
    mode = "parallel"
    when = [{ event = "any", area = "Hall", kind = "button" }]
    then = [{ notify = "Somebody pressed." }]

20:00 hall_button does Button.press
    expect hall_lamp OnOff.on_off = true
    expect told "Somebody pressed." once
    expect no run of two-presses
+1s hall_button does Button.double_press
    expect hall_lamp OnOff.on_off = false
    expect told "Somebody pressed." twice
    expect trace two-presses "hall button: double_press"
