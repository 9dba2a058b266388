story What a listener says on the stream is a trigger, and a rule that listens to itself is cut

house ../small.house

scenario
    name = "Echo"
    mode = "parallel"
    when = [{ note = "notified" }]
    then = [{ notify = "Somebody was told something." }]

scenario
    name = "Say"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ notify = "Hello." }]

20:00 hall_button does Button.press
    expect told "Hello." once
    expect told "Somebody was told something." twice
    expect loop "echo is held back" "echo → echo"
+1h hall_button does Button.press
    expect told "Hello." twice
    expect told "Somebody was told something." 4 times
