story Who waits for another scenario waits for it over a restart, too

house ../small.house

scenario
    name = "Inner"
    on_restart = "resume"
    then = [{ wait = "1h" }, { notify = "inner" }]

scenario
    name = "Outer"
    on_restart = "resume"
    then = [{ scenario = "inner" }, { notify = "outer" }]

scenario
    name = "Inner that ends"
    then = [{ wait = "1h" }, { notify = "never" }]

scenario
    name = "Outer of that"
    on_restart = "resume"
    then = [{ scenario = "inner-that-ends" }, { notify = "goes on" }]

20:00 run outer
    run outer-of-that
20:10 restart
    expect run outer running
    expect not told "outer"
    expect told "goes on" once
21:01 expect told "inner" once
    expect told "outer" once
    expect not told "never"
