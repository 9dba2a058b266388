story Who switches by hand while a rule wants something else wins

house ../small.house
    living_blind falls silent

scenario
    name = "Blind"
    then = [{ do = "set_position", device = "living_blind", value = 60 }]

20:00 run blind
    expect run blind running
    Anna asks set_position living_blind 10
    expect living_blind wants WindowCovering.position = 10
    expect run blind completed
    expect trace blind "living blind superseded"
    living_blind WindowCovering.position = 10
    expect living_blind wants nothing
