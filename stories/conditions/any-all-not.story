story What is unknown is neither held nor not held

house ../small.house
    sensor porch in Garden with TemperatureMeasurement
    sensor shed in Garden with TemperatureMeasurement

scenario
    name = "Any"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ any = [
        { property = "TemperatureMeasurement.temperature", device = "porch", below = 0 },
        { property = "OnOff.on_off", device = "hall_lamp" },
    ] }]
    then = [{ notify = "any" }]

scenario
    name = "Every sensor"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "TemperatureMeasurement.temperature", area = "Garden", below = 0, of = "all" }]
    then = [{ notify = "all" }]

scenario
    name = "Not"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ not = [{ property = "TemperatureMeasurement.temperature", device = "porch", below = 0 }] }]
    then = [{ notify = "not" }]

20:00 hall_button does Button.press
    expect nothing told
    expect run any skipped "it is not known"
    expect run not skipped "it is not known"
    expect trace every-sensor "porch" "saw unknown"
# A yes is enough for any; a no is enough for all.
20:01 hall_lamp OnOff.on_off = true
    hall_button does Button.press
    expect told "any" once
20:02 shed TemperatureMeasurement.temperature = 5
    hall_button does Button.press
    expect run every-sensor skipped "its conditions do not hold"
20:03 porch TemperatureMeasurement.temperature = 3
    hall_button does Button.press
    expect told "not" once
20:04 porch TemperatureMeasurement.temperature = -3
    shed TemperatureMeasurement.temperature = -1
    hall_button does Button.press
    expect told "all" once
    expect run not skipped "its conditions do not hold"
