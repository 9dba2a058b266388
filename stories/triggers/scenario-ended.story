story A scenario's end sets off another

house ../small.house

scenario
    name = "Inner"
    then = [{ wait = "10min" }, { do = "turn_on", device = "hall_lamp" }]

scenario
    name = "Outer"
    then = [{ scenario = "inner" }, { notify = "after" }]

scenario
    name = "Then"
    when = [{ scenario = "outer", ended = "completed" }]
    then = [{ notify = "and then" }]

scenario
    name = "Broken off"
    when = [{ scenario = "Outer", ended = "stopped" }]
    then = [{ notify = "broken off" }]

20:00 run outer
    expect run outer running
    expect run inner running
    expect nothing told
+11min expect told "after" once
    expect told "and then" once
    expect run outer completed
    run outer
+1min stop outer
    expect run inner stopped "Outer was stopped"
    expect told "broken off" once
    expect told "and then" once
