story A webhook sets off the rule that listens to it

house ../small.house

scenario
    name = "Parcel"
    when = [{ webhook = "parcel" }]
    then = [{ notify = "A parcel has come." }]

20:00 webhook letter
    expect no run of parcel
    webhook parcel
    expect told "A parcel has come." once
    expect trace parcel "the webhook parcel was called"
