story A rule that is switched off listens to nothing, and can still be run by hand

house ../small.house

scenario
    name = "Rule"
    enabled = false
    when = [{ event = "press", device = "hall_button" }, { time = "21:00" }]
    then = [{ notify = "ran" }]

20:00 hall_button does Button.press
    expect nothing told
21:01 expect nothing told
    run rule
    expect told "ran" once
21:10 enable rule
    hall_button does Button.press
    expect told "ran" twice
    disable rule
    hall_button does Button.press
    expect told "ran" twice
    enable rule
2026-11-24 21:00 expect told "ran" 3 times
