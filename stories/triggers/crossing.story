story A limit counts when it is crossed, in whatever unit it is written

house ../small.house

scenario
    name = "Chilly"
    when = [{ property = "Thermostat.local_temperature", device = "main_thermostat", below = "64.4 °F" }]
    then = [{ notify = "It is below 18 degrees." }]

20:00 main_thermostat Thermostat.local_temperature = 18.5
    expect nothing told
+1min main_thermostat Thermostat.local_temperature = 17.9
    expect told "It is below 18 degrees." once
+1min main_thermostat Thermostat.local_temperature = 17
    expect told "It is below 18 degrees." once
+1min main_thermostat Thermostat.local_temperature = 66 °F
+1min main_thermostat Thermostat.local_temperature = 60 °F
    expect main_thermostat Thermostat.local_temperature < 16
    expect told "It is below 18 degrees." twice
