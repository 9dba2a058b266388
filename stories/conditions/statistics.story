story What history says decides; what it does not know is unknown

house ../small.house
    history television ElectricalPowerMeasurement.power mean over 1h = 120

scenario
    name = "Busy television"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "ElectricalPowerMeasurement.power", device = "television", statistic = "mean", over = "1h", above = 100 }]
    then = [{ notify = "busy" }]

scenario
    name = "Warm week"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "Thermostat.local_temperature", device = "main_thermostat", statistic = "max", over = "7 days", above = 25 }]
    then = [{ notify = "warm" }]

20:00 hall_button does Button.press
    expect told "busy" once
    expect trace busy-television "television: Power over 1h saw 120 W"
    expect run warm-week skipped "it is not known"
# The house asks again when what it was told is no longer fresh.
+1min history television ElectricalPowerMeasurement.power mean over 1h = 80
    hall_button does Button.press
    expect run busy-television skipped "its conditions do not hold"
