story One and a half times what is usual at this hour

house ../small.house
    history television ElectricalPowerMeasurement.power usual = 100

scenario
    name = "Unusual"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "ElectricalPowerMeasurement.power", device = "television", baseline = true, above = 1.5 }]
    then = [{ notify = "That is unusual." }]

20:00 television ElectricalPowerMeasurement.power = 140
    hall_button does Button.press
    expect run unusual skipped
    expect trace unusual "saw 1.40 times"
+1min television ElectricalPowerMeasurement.power = 160
    hall_button does Button.press
    expect told "That is unusual." once
