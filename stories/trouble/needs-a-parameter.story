story A rule that cannot begin says why, and is not silently dead

house ../small.house

scenario
    name = "Needs"
    parameters = [{ name = "who", kind = "text" }]
    when = [{ event = "press", device = "hall_button" }]
    then = [{ notify = "Hello $who." }]

20:00 hall_button does Button.press
    expect nothing told
    expect loop "needs is held back" "it cannot begin: `who`: it is missing"
    run needs who=Anna
    expect told "Hello Anna." once
