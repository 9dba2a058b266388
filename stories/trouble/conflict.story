story Two rules that fight over one property are named

house ../small.house

scenario
    name = "Warm"
    when = [{ time = "21:00" }]
    then = [{ do = "set_temperature", device = "main_thermostat", value = 22 }]

scenario
    name = "Save"
    when = [{ time = "21:05" }]
    then = [{ do = "set_temperature", device = "main_thermostat", value = 17 }]

scenario
    name = "Much later"
    when = [{ time = "23:00" }]
    then = [{ do = "set_temperature", device = "main_thermostat", value = 15 }]

21:01 expect no conflict
21:10 expect conflict "the rule “Warm” sets Heat to of main thermostat to 22, the rule “Save” to 17"
    expect main_thermostat Thermostat.heating_setpoint = 17
