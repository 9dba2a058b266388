story Nothing closes on what is in the way, nor where nobody can see

house
    zone Europe/Amsterdam
    time 2026-11-23 20:00
    person Anna home
    garage_door garage in Garage
    sensor barrier "Light barrier" in Garage with Obstruction
    cover blind in Bedroom
    garage WindowCovering.position = 100
    blind WindowCovering.position = 100
    barrier Obstruction.obstructed = true

20:05 Anna asks close garage confirmed
    expect refused "Light barrier says: something is in the way, for 5 min now"
    expect garage WindowCovering.position = 100
    Anna asks close blind
    expect blind WindowCovering.position = 0
+1min barrier Obstruction.obstructed = false
    barrier goes offline
    Anna asks close garage
    expect refused "Light barrier does not say (it is offline"
    expect garage WindowCovering.position = 100
+1min barrier comes online
    Anna asks close garage
    expect garage WindowCovering.position = 0
