//! AI and automation: what the house feels, says, does and learns.

use super::board::{Kind, Panel, Row};

pub(crate) const UID: &str = "hcs-ai";

pub(crate) fn rows() -> Vec<Row> {
    let mood = Panel::new("Mood", Kind::Lanes, 24, "percentunit")
        .about("What the house feels, and how strongly: one lane an emotion.")
        .query(
            "{{emotion}}",
            "max by (emotion) (consciousness_mood_intensity{job=\"$job\",instance=~\"$instance\"})",
        )
        .limits(&[(0.01, "blue"), (0.3, "purple"), (0.7, "red")])
        .calm("transparent");
    let messages = Panel::new("Messages per minute", Kind::Lines, 8, "none")
        .about("What people say to the house, by the way it came.")
        .query("{{channel}}", "60 * sum by (channel) (rate(consciousness_chat_messages_total{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))");
    let heatmap = Panel::new("Response time heatmap", Kind::Heatmap, 8, "s")
        .about("How long answers in the conversation take.")
        .query("{{le}}", "sum by (le) (rate(consciousness_ai_response_time_bucket{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))")
        .none("nobody talked yet");
    let response = Panel::new("Response p50 / p95 / p99 by engine", Kind::Lines, 8, "s")
        .about("The same by who answered: the house itself, or a model. Above 10 s is an alert.")
        .quantiles(
            "consciousness_ai_response_time",
            "engine",
            "$__rate_interval",
        )
        .limits(&[(10.0, "red")])
        .none("nobody talked yet");
    let outcome = Panel::new("Understood / asked back / gave up", Kind::Stacked, 8, "percent")
        .about("What became of messages; `refused` was understood but may not or could not be done.")
        .query("{{outcome}}", "sum by (outcome) (rate(consciousness_chat_messages_total{job=\"$job\",instance=~\"$instance\"}[15m]))");
    let intents = Panel::new("What people ask for", Kind::Table, 8, "none")
        .about("The ten most frequent intents of the last day.")
        .query("{{intent}}", "topk(10, sum by (intent) (increase(consciousness_chat_messages_total{job=\"$job\",instance=~\"$instance\"}[1d])) > 0)")
        .none("nobody talked yet");
    let hours = Panel::new("When people talk to the house", Kind::Bars, 8, "none")
        .about("Messages within the hour before, along the day.")
        .query("messages", "sum(increase(consciousness_chat_messages_total{job=\"$job\",instance=~\"$instance\"}[1h]))");

    let used = Panel::new("Most used scenarios", Kind::Ranking, 8, "none")
        .about("The ten scenarios that ran most often within a week.")
        .query("{{scenario}}", "topk(10, sum by (scenario) (increase(consciousness_automation_executions{job=\"$job\",instance=~\"$instance\"}[7d])) > 0)")
        .none("nothing ran yet");
    let runs = Panel::new("Runs by result", Kind::Stacked, 8, "ops")
        .about("Runs of scenarios and rules, by how they ended.")
        .query("{{result}}", "sum by (result) (rate(consciousness_automation_executions{job=\"$job\",instance=~\"$instance\"}[$__rate_interval]))");
    let failing = Panel::new("Failing automations", Kind::Table, 8, "none")
        .about("Scenarios that failed within the last day. Where half of the runs fail, that is an alert.")
        .query("{{scenario}}", "sum by (scenario) (increase(consciousness_automation_executions{job=\"$job\",instance=~\"$instance\",result=\"failed\"}[1d])) > 0")
        .none("nothing failed");

    let accuracy = Panel::new("Learning accuracy", Kind::Lines, 8, "percentunit")
        .about("The share of what was foreseen and came so (of figures: nearer than the simplest guess), within a day. What could not be judged is left out.")
        .query("{{model}}", "sum by (model) (increase(consciousness_learning_predictions_total{job=\"$job\",instance=~\"$instance\",outcome=~\"hit|better\"}[1d])) / (sum by (model) (increase(consciousness_learning_predictions_total{job=\"$job\",instance=~\"$instance\",outcome=~\"hit|better|miss|worse\"}[1d])) > 0)")
        .max(1.0)
        .none("nothing foreseen was due yet");
    let suggestions = Panel::new("Suggestions accepted", Kind::Stat, 4, "percentunit")
        .about("The share of what the house proposed by itself that people took, within 30 days.")
        .query("accepted", "sum(increase(consciousness_suggestions_total{job=\"$job\",instance=~\"$instance\",outcome=\"accepted\"}[30d])) / (sum(increase(consciousness_suggestions_total{job=\"$job\",instance=~\"$instance\"}[30d])) > 0)")
        .none("nothing was proposed yet");
    let saved = Panel::new("Energy saved", Kind::Stat, 4, "kwatth")
        .about("What was saved against the baseline within the time shown, by strategy. The server measures no savings yet: this stays empty until it does.")
        .query("{{strategy}}", "sum by (strategy) (increase(consciousness_energy_saved_joules_total{job=\"$job\",instance=~\"$instance\"}[$__range])) / 3.6e6")
        .none("not measured yet");
    let power = Panel::new("House power now", Kind::Lines, 8, "watt")
        .about("Power that is measured: by meters of the whole house, by devices that say what they take, by the battery, by what produces.")
        .query("{{source}}", "sum by (source) (consciousness_power_watts{job=\"$job\",instance=~\"$instance\"})")
        .none("nothing says its power");
    vec![
        ("Mood", 8, vec![mood]),
        (
            "Conversation",
            8,
            vec![messages, heatmap, response, outcome, intents, hours],
        ),
        ("Automation", 8, vec![used, runs, failing]),
        (
            "Learning and energy",
            8,
            vec![accuracy, suggestions, saved, power],
        ),
    ]
}
