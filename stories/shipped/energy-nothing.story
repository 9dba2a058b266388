story Where nothing was measured, nothing is claimed to be saved

house ../small.house

20:40 run energy-optimization
    expect television OnOff.on_off = true
    expect trace energy-optimization "nothing that is measured has only drawn standby power over the last hour"
    expect trace energy-optimization "no light is on in a room in which nobody has moved for half an hour"
    expect run energy-optimization completed "nothing was changed"
