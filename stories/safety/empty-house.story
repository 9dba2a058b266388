story The empty house is not opened, unless a person says so now

house
    zone Europe/Amsterdam
    time 2026-11-23 08:00
    person Anna home
    garage_door garage in Garage
    cover blind in Bedroom
    button gate_button in Garage
    garage WindowCovering.position = 0
    blind WindowCovering.position = 0

scenario
    name = "Air"
    when = [{ event = "press", device = "gate_button" }]
    then = [{ do = "open", device = "garage" }, { do = "open", device = "blind" }]

08:00 gate_button does Button.press
    expect garage WindowCovering.position = 100
    expect nothing refused
+1min garage WindowCovering.position = 0
    Anna leaves
+2h gate_button does Button.press
    expect garage WindowCovering.position = 0
    expect blind WindowCovering.position = 100
    expect refused "nobody is at home (Anna left 2 h ago)"
    expect refused "Garage shut while nobody is home"
    expect trace air "Garage shut while nobody is home"
+1min Anna asks open garage confirmed
    expect garage WindowCovering.position = 100
