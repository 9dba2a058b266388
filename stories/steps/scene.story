story A scene comes back; what of it is gone is said

house ../small.house

scene Movie night
    living_lamp OnOff.on_off = true
    living_lamp LevelControl.current_level = 15
    living_blind WindowCovering.position = 0
    old_lamp OnOff.on_off = false

scenario
    name = "Movies"
    then = [{ scene = "movie-night" }]

scenario
    name = "Opera"
    then = [{ scene = "opera" }]

20:00 living_blind WindowCovering.position = 100
    run movies
    expect living_lamp LevelControl.current_level = 15
    expect living_blind WindowCovering.position = 0
    expect run movies incomplete "old_lamp: it is not in this house"
    run opera
    expect run opera incomplete "opera: no scene is called so"
