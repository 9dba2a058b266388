story A house of which history knows no evening stays dark, and the run says so

house ../small.house

20:00 run vacation-mode duration_days=1
    expect trace vacation-mode "history knows no evening on which somebody switched a light: nothing is simulated"
2026-11-24 20:01 expect mode home
    expect run vacation-mode completed
