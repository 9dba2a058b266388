//! Alerts that are on: of the household's own rules, and what an Alertmanager sent in.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use mind::alerts::{Alert, Source};

/// How many are told by name.
const TOLD: usize = 5;

impl Turn<'_> {
    pub(super) async fn alerts(&self) -> Answer {
        let Some(alerts) = &self.wires.alerts else {
            return Answer::of("alerts", "I don't know: no alert rules are running here.");
        };
        let active = alerts.active().await;
        let mut text = match active.len() {
            0 => {
                let rules = alerts.rules().await.len();
                match rules {
                    0 => "No alerts: nothing is firing. There are no alert rules yet, and no Alertmanager has sent anything that is still on.".to_owned(),
                    1 => "No alerts: nothing is firing. I watch one alert rule.".to_owned(),
                    rules => format!("No alerts: nothing is firing. I watch {rules} alert rules."),
                }
            }
            1 => format!("One alert is on: {}", self.alert_words(&active[0])),
            count => {
                let told: Vec<String> = active
                    .iter()
                    .take(TOLD)
                    .map(|alert| self.alert_words(alert))
                    .collect();
                let more = count.saturating_sub(TOLD);
                let more = if more > 0 {
                    format!(" And {more} more.")
                } else {
                    String::new()
                };
                format!(
                    "{count} alerts are on, the gravest first: {}{more}",
                    told.join(" ")
                )
            }
        };
        let concerns = self.open_concerns();
        if active.is_empty() && concerns > 0 {
            text.push_str(&match concerns {
                1 => " But something worries me; ask me what.".to_owned(),
                count => format!(" But {count} things worry me; ask me which."),
            });
        }
        let mut answer = Answer::of("alerts", text).slot("count", active.len());
        answer.evidence = active.iter().take(20).map(alert_row).collect();
        if concerns > 0 {
            answer.suggestions.push("What worries you?".into());
        }
        answer
    }

    fn alert_words(&self, alert: &Alert) -> String {
        let from = match alert.source {
            Source::Rule => "",
            Source::Alertmanager => ", from Alertmanager",
        };
        let since = words::moment(alert.started, self.now, &self.wires.zone);
        words::sentence(&format!(
            "“{}” ({}{from}, since {}): {}",
            plain(&alert.body.title),
            alert.body.severity.as_str(),
            since.trim_start_matches("at "),
            plain(&alert.body.summary)
        ))
    }

    fn open_concerns(&self) -> usize {
        self.wires.mind.as_ref().map_or(0, |mind| {
            let view = mind.view();
            view.concerns
                .iter()
                .filter(|concern| self.worries(concern))
                .count()
        })
    }
}

/// Words from outside: on one line, and not too many.
fn plain(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(200)
        .collect();
    line.trim().to_owned()
}

fn alert_row(alert: &Alert) -> Evidence {
    Evidence {
        kind: "alert",
        name: plain(&alert.body.title),
        value: Some(alert.body.severity.as_str().into()),
        at: Some(alert.started),
        since: Some(alert.started),
        text: Some(plain(&alert.body.summary)),
        reference: Some(alert.id.to_string()),
        ..Evidence::default()
    }
}
