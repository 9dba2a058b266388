story The hall is lit when somebody moves in it in the dark

house ../small.house

scenario
    name = "Evening arrival"
    when = [{ property = "OccupancySensing.occupied", area = "Hall", to = true }]
    if = [{ sun = "down" }]
    then = [{ do = "turn_on", area = "Hall", kind = "light" }]

20:00
    hall_motion OccupancySensing.occupied = true
    expect hall_lamp OnOff.on_off = true
    expect living_lamp OnOff.on_off = false
    expect run evening-arrival completed "one device did what was asked"
    expect trace evening-arrival "when[0]" "hall motion: Occupied became true"
    expect trace evening-arrival "the sun saw down"
    expect trace evening-arrival "then[0]" "hall lamp reached"

# What stays so sets nothing off again.
20:05 hall_motion OccupancySensing.occupied = true
    expect 1 run of evening-arrival
20:10 hall_motion OccupancySensing.occupied = false
    expect 1 run of evening-arrival
20:15 hall_motion OccupancySensing.occupied = true
    expect 2 runs of evening-arrival
    expect no loop

# By day it stays dark, and the trace says why.
2026-11-24 12:00
    Anna asks turn_off hall_lamp
    hall_motion OccupancySensing.occupied = false
    hall_motion OccupancySensing.occupied = true
    expect hall_lamp OnOff.on_off = false
    expect run evening-arrival skipped "its conditions do not hold"
    expect trace evening-arrival "the sun saw up"
