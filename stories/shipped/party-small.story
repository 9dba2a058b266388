story A party for four with music that the player does not have: that is said, the rest is done

house ../small.house

20:00 run party-mode guest_count=4 music_preference=opera
    expect main_thermostat Thermostat.heating_setpoint = 20.5
    expect television MediaPlayback.playback_state = playing
    expect run party-mode incomplete "television" "opera"
    run party-mode guest_count=0 fails "`guest_count`: it cannot be 0"
    run party-mode guest_count=201 fails "`guest_count`: it cannot be 201"
    run party-mode guests=4 fails "`guests`: it is not known"
    run party-mode
    expect run party-mode completed
