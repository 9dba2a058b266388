story Saving energy: measured standby and empty rooms, in kWh and not in money

house ../small.house
    history television ElectricalPowerMeasurement.power mean over 1h = 4
    history television ElectricalPowerMeasurement.power max over 1h = 5
    outlet fridge in Kitchen
    fridge OnOff.on_off = true
    fridge ElectricalPowerMeasurement.power = 6
    fridge prefers priority = high
    history fridge ElectricalPowerMeasurement.power mean over 1h = 6
    history fridge ElectricalPowerMeasurement.power max over 1h = 8
    outlet oven in Kitchen
    oven OnOff.on_off = true
    history oven ElectricalPowerMeasurement.power mean over 1h = 900
    history oven ElectricalPowerMeasurement.power max over 1h = 2000
    hall_lamp OnOff.on_off = true
    living_lamp OnOff.on_off = true

# Somebody is at home: the heating stays; nobody has moved in the hall for forty minutes.
20:40 run energy-optimization
    expect television OnOff.on_off = false
    expect fridge OnOff.on_off = true
    expect oven OnOff.on_off = true
    expect hall_lamp OnOff.on_off = false
    expect living_lamp OnOff.on_off = true
    expect main_thermostat Thermostat.heating_setpoint = 20
    expect trace energy-optimization "4.0 W together, 0.10 kWh a day"
    expect trace energy-optimization "television: power over the last hour saw 4.0 W"
    expect no trace energy-optimization "€"
    expect run energy-optimization completed
# Everything can be switched back by hand; and nobody being there, the rest goes down.
+10min Anna asks turn_on hall_lamp
    expect hall_lamp OnOff.on_off = true
    Anna leaves
    Ben leaves
    run energy-optimization temperature=16
    expect living_lamp OnOff.on_off = false
    expect main_thermostat Thermostat.heating_setpoint = 16
    run energy-optimization temperature=30 fails "it cannot be 30"
