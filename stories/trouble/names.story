story Names with HTML, emoji and letters from right to left are names like others

house ../small.house
    light odd_lamp "<b>Lamp</b> & \"Co\"" in "🛋️ Wohnzimmer"
    light light_of_hebrew "מנורת הסלון" in "סלון"
    odd_lamp OnOff.on_off = false
    light_of_hebrew OnOff.on_off = false
    person "Zoë <script>alert(1)</script>" away
    person "ليلى" away

scenario
    name = "אור בערב"
    slug = "erev"
    when = [{ presence = "ليلى", is = "home" }]
    then = [{ do = "turn_on", device = "מנורת הסלון" }, { notify = "ברוכה הבאה 🎉" }]

scenario
    name = "🎉 <img src=x onerror=alert(1)>"
    slug = "party"
    when = [{ property = "OnOff.on_off", area = "🛋️ Wohnzimmer", to = true }]
    then = [{ do = "turn_off", device = "<b>Lamp</b> & \"Co\"" }]

20:00 ليلى comes home
    expect light_of_hebrew OnOff.on_off = true
    expect run erev completed
    expect told "ברוכה הבאה 🎉" once
    expect trace erev "ليلى came home"
    odd_lamp OnOff.on_off = true
    expect odd_lamp OnOff.on_off = false
    expect trace party "<b>Lamp</b> & \"Co\" reached"
    expect sentence erev "When ليلى comes home, turn on the מנורת הסלון, then say “ברוכה הבאה 🎉”."
    "Zoë <script>alert(1)</script>" comes home
    expect no problem erev
    expect no problem party
