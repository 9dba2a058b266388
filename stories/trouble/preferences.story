story What a device prefers is obeyed by rules, and never stands in a person's way

house ../small.house

scenario
    name = "Warm"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ do = "set_temperature", device = "main_thermostat", value = 22 }]

20:00 main_thermostat prefers auto_adjust = false
    hall_button does Button.press
    expect main_thermostat Thermostat.heating_setpoint = 20
    expect trace warm "main thermostat left_alone" "nothing changes it by itself"
    expect run warm completed
    Anna runs warm
    expect main_thermostat Thermostat.heating_setpoint = 22
# Who set it by hand is left in peace for two hours.
20:10 main_thermostat prefers auto_adjust = true
    main_thermostat prefers override_protection = true
    Anna asks set_temperature main_thermostat 18
    hall_button does Button.press
    expect main_thermostat Thermostat.heating_setpoint = 18
    expect trace warm "left_alone" "somebody set it by hand, and that holds for two hours"
22:11 hall_button does Button.press
    expect main_thermostat Thermostat.heating_setpoint = 22
