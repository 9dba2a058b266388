story A change that must come from somewhere comes from there

house ../small.house

scenario
    name = "Paused"
    when = [{ property = "MediaPlayback.playback_state", device = "television", from = "playing", to = "paused" }]
    then = [{ do = "turn_on", device = "living_lamp" }]

20:00 television MediaPlayback.playback_state = paused
    expect living_lamp OnOff.on_off = false
+1min television MediaPlayback.playback_state = playing
+1min television MediaPlayback.playback_state = paused
    expect living_lamp OnOff.on_off = true
