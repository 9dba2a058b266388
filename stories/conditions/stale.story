story A value from before the restart counts, and the trace says that it is old

house ../small.house

scenario
    name = "Chilly"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "Thermostat.local_temperature", device = "main_thermostat", below = 21 }]
    then = [{ notify = "chilly" }]

20:00 restart after 10min
    expect main_thermostat Thermostat.local_temperature is stale
    hall_button does Button.press
    expect told "chilly" once
    expect trace chilly "saw 20 °C (from before the restart)"
