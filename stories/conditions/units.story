story Limits are compared in the property's own unit, within both ends

house ../small.house

scenario
    name = "Mild"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ property = "Thermostat.local_temperature", device = "main_thermostat", at_least = "64.4 °F", at_most = "20 °C" }]
    then = [{ notify = "mild" }]

20:00 hall_button does Button.press
    expect told "mild" once
    expect trace mild "main thermostat: Temperature saw 20 °C"
20:01 main_thermostat Thermostat.local_temperature = 18
    hall_button does Button.press
    expect told "mild" twice
20:02 main_thermostat Thermostat.local_temperature = 17.8
    hall_button does Button.press
    expect told "mild" twice
20:03 main_thermostat Thermostat.local_temperature = 20.5
    hall_button does Button.press
    expect told "mild" twice
