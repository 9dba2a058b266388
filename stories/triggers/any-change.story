story Any change of a value counts, its becoming known does not

house ../small.house
    sensor porch "Porch" in Garden with TemperatureMeasurement

scenario
    name = "Weather"
    when = [{ property = "TemperatureMeasurement.temperature", device = "porch" }]
    then = [{ notify = "The weather changes." }]

20:00 porch TemperatureMeasurement.temperature = 5
    expect nothing told
+1min porch TemperatureMeasurement.temperature = 6
    expect told "The weather changes." once
+1min porch TemperatureMeasurement.temperature = 6
    expect told "The weather changes." once
+1min porch TemperatureMeasurement.temperature = unknown
    expect porch TemperatureMeasurement.temperature is unknown
+1min porch TemperatureMeasurement.temperature = 7
    expect told "The weather changes." once
