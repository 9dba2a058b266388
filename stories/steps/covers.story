story A blind is opened, closed and stopped

house ../small.house

scenario
    name = "Open"
    then = [{ do = "open", device = "living_blind" }]

scenario
    name = "Close"
    then = [{ do = "close", kind = "cover" }]

20:00 run open
    expect living_blind WindowCovering.position = 100
    expect run open completed
    run close
    expect living_blind WindowCovering.position = 0
    expect sentence close "Close every cover."
