story Who is only out of the house for a moment has not left it

house ../small.house

scenario
    name = "Everybody gone"
    when = [{ presence = "nobody", for = "10min" }]
    then = [{ notify = "The house is empty." }]

20:00 Anna leaves
    Ben leaves
+8min Ben comes home
+10min expect nothing told
    Ben leaves
+11min expect told "The house is empty." once
