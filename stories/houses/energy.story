story The family house: what was not measured for an hour is not claimed to be standby

house ../../houses/family.toml
    time 2026-11-24 11:00

11:00 run energy-optimization
    expect trace energy-optimization "nothing that is measured has only drawn standby power"
    expect run energy-optimization completed
