story A value that stays above a limit and goes on changing is told once, and again after it was below

house ../small.house

scenario
    name = "Too warm"
    when = [{ property = "Thermostat.local_temperature", device = "main_thermostat", above = 25, for = "10min" }]
    then = [{ notify = "It is too warm." }]

20:00 main_thermostat Thermostat.local_temperature = 26
+5min main_thermostat Thermostat.local_temperature = 27
+6min expect told "It is too warm." once
    main_thermostat Thermostat.local_temperature = 28
+5min main_thermostat Thermostat.local_temperature = 29
+1h expect told "It is too warm." once
    main_thermostat Thermostat.local_temperature = 24
    main_thermostat Thermostat.local_temperature = 26
+9min expect told "It is too warm." once
+2min expect told "It is too warm." twice
