story An expression sees the house, and says where it cannot

house ../small.house

scenario
    name = "Cool and dark"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ expression = 'hour >= 18 && reported("main_thermostat", "Thermostat.local_temperature") < 20.5 && anyone_home && home("Anna")' }]
    then = [{ notify = "yes" }]

scenario
    name = "Nonsense"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ expression = 'reported("attic_lamp", "OnOff.on_off") == true || hour + 1' }]
    then = [{ notify = "never" }]

20:00 hall_button does Button.press
    expect told "yes" once
    expect run nonsense skipped "it is not known"
+1min main_thermostat Thermostat.local_temperature = 22
    hall_button does Button.press
    expect told "yes" once
+1min main_thermostat Thermostat.local_temperature = 19
    Anna leaves
    hall_button does Button.press
    expect told "yes" once
    expect not told "never"
