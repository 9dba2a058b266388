//! Where the house stands: said, looked up where a person agrees to that, told.

use super::super::answer::{Answer, Evidence};
use super::super::{Turn, words};
use crate::site::{CannotFind, Geocoder, Site, as_degrees};
use crate::understand::{Dialogue, Pending, which_site};
use automation::document::SunEvent;
use model::Right;

impl Turn<'_> {
    /// “We live at 12 Rue de Rivoli, Paris”: nothing leaves the house before a yes.
    pub(super) fn lives_at(&self, said: &str, next: &mut Dialogue) -> Answer {
        let said = said.trim().trim_end_matches(['.', '!']).trim();
        if let Some(answer) = self.may_not_settle() {
            return answer;
        }
        if let Some((north, east)) = as_degrees(said) {
            return match Site::at(north, east, None) {
                Ok(site) => self.shall_it_be(site, next),
                Err(fault) => Answer::of("site", words::sentence(&fault.to_string())),
            };
        }
        let address = match Geocoder::checked(said) {
            Ok(address) => address.to_owned(),
            Err(CannotFind::Phone) => {
                return Answer::of(
                    "site",
                    "A telephone number tells me the country at most, and not where the house is. Tell me the address, the postcode or the town.",
                );
            }
            Err(fault) => return Answer::of("site", words::sentence(&fault.to_string())),
        };
        let Some(geocoder) = &self.wires.geocoder else {
            return Answer::of(
                "site",
                "I may ask nobody where that is: GEOCODER_URL is off. Tell me its degrees, such as “our coordinates are 48.8556, 2.3583”.",
            );
        };
        let text = format!(
            "To find “{address}” on the map I would have to send these words to {}; nothing else of us goes there. May I?",
            geocoder.host()
        );
        next.pending = Some(Pending::LookUp(address.clone()));
        Answer::of("site.may_i", text)
            .asking("confirm", vec!["Yes".into(), "No".into()])
            .slot("address", address)
    }

    /// A yes to that.
    pub(in super::super) async fn look_up(&self, address: &str, next: &mut Dialogue) -> Answer {
        if let Some(answer) = self.may_not_settle() {
            return answer;
        }
        let Some(geocoder) = &self.wires.geocoder else {
            return Answer::of(
                "site",
                "I may ask nobody where that is: GEOCODER_URL is off.",
            );
        };
        if self.dry_run {
            return Answer::of("site", format!("I would ask {} now.", geocoder.host()));
        }
        let host = geocoder.host();
        let mut found = match geocoder.find(address).await {
            Ok(found) => found,
            Err(fault) => {
                let fault = words::sentence(&fault.to_string());
                let text = format!(
                    "{fault} Nothing was changed. You can tell me the degrees instead, such as “our coordinates are 48.8556, 2.3583”."
                );
                return Answer::of("site.failed", text);
            }
        };
        match found.len() {
            0 => Answer::of(
                "site.unknown",
                format!(
                    "{} knows no “{address}”. Say it otherwise, with the town and the country, or tell me the degrees, such as “our coordinates are 48.8556, 2.3583”.",
                    words::sentence(host).trim_end_matches('.')
                ),
            ),
            1 => self.shall_it_be(found.remove(0), next),
            _ => {
                let lines: Vec<String> = (1..)
                    .zip(&found)
                    .map(|(number, site)| format!("{number}. {}", site.words()))
                    .collect();
                let text = format!("Which one is it? {}", lines.join("; "));
                let names = found.iter().map(Site::words).collect();
                next.pending = Some(Pending::Sites(found));
                Answer::of("clarify", text).asking("which", names)
            }
        }
    }

    /// It is kept only when a person says that it is this one.
    fn shall_it_be(&self, site: Site, next: &mut Dialogue) -> Answer {
        let zone = match &site.timezone {
            Some(zone) => format!(", in the time zone {zone}"),
            None => String::new(),
        };
        let text = format!(
            "That is {} ({}){zone}. Shall I take it as where we are?",
            site.words(),
            crate::site::degrees(site.latitude, site.longitude)
        );
        let answer = Answer::of("site.this", text)
            .asking("confirm", vec!["Yes".into(), "No".into()])
            .slot("latitude", site.latitude)
            .slot("longitude", site.longitude);
        next.pending = Some(Pending::Settle(Box::new(site)));
        answer
    }

    /// One of several that were found.
    pub(super) fn this_site(&self, before: &Dialogue, next: &mut Dialogue) -> Answer {
        let Some(Pending::Sites(sites)) = &before.pending else {
            return self.where_we_are();
        };
        let tokens = crate::text::read(self.message, self.language).tokens;
        match which_site(&tokens, sites, self.language) {
            Some(index) => self.shall_it_be(sites[index].clone(), next),
            None => self.where_we_are(),
        }
    }

    /// A yes to one.
    pub(in super::super) async fn settle(&self, site: &Site) -> Answer {
        if let Some(answer) = self.may_not_settle() {
            return answer;
        }
        if self.dry_run {
            return Answer::of("site", format!("I would keep {}.", site.words()));
        }
        if let Err(error) = self
            .wires
            .settle(Some(site.clone()), self.grant.who.clone())
            .await
        {
            return Answer::of("site.failed", format!("I could not keep that: {error}."));
        }
        self.where_we_are()
    }

    /// “Where do we live?”, “when does the sun set?”
    pub(super) fn where_we_are(&self) -> Answer {
        let household = &self.wires.household;
        let Some(location) = household.location() else {
            return Answer::of(
                "site",
                "I do not know where we are. Tell me, such as “we live at 12 Rue de Rivoli, Paris”; I ask before I look it up.",
            );
        };
        let site = household.site();
        let name = match &site {
            Some(site) => site.words(),
            None => crate::site::degrees(location.latitude, location.longitude),
        };
        let mut said = vec![format!("We are at “{name}”.")];
        said.push(self.sun_today());
        let wanted = household.timezone();
        let here = self.wires.zone.iana_name();
        if let Some(wanted) = wanted.filter(|wanted| Some(wanted.as_str()) != here) {
            said.push(format!(
                "My clock goes by {wanted} from my next start on; until then by {}.",
                here.unwrap_or("UTC")
            ));
        }
        let mut answer = Answer::of("site", said.join(" "))
            .slot("latitude", location.latitude)
            .slot("longitude", location.longitude);
        answer.evidence.push(Evidence {
            kind: "site",
            name,
            text: Some(crate::site::degrees(location.latitude, location.longitude)),
            ..Evidence::default()
        });
        answer
    }

    /// When it rises and sets today.
    pub(super) fn sun_today(&self) -> String {
        let Some(location) = self.wires.household.location() else {
            return "I do not know where we are, and so not when the sun rises or sets. Tell me, such as “we live at 12 Rue de Rivoli, Paris”.".to_owned();
        };
        let zone = &self.wires.zone;
        let date = zone.to_datetime(self.now).date();
        let clock = |event| {
            location
                .sun(event, date)
                .map(|at| zone.to_datetime(at).strftime("%H:%M").to_string())
        };
        match (clock(SunEvent::Sunrise), clock(SunEvent::Sunset)) {
            (Some(rise), Some(set)) => {
                format!("Today the sun rises at {rise} and sets at {set}.")
            }
            (Some(rise), None) => {
                format!("Today the sun rises at {rise} and does not set.")
            }
            (None, Some(set)) => format!("Today the sun sets at {set} and does not rise."),
            (None, None) => "Today the sun neither rises nor sets.".to_owned(),
        }
    }

    /// “Forget where we live”.
    pub(super) async fn forget_site(&self) -> Answer {
        if let Some(answer) = self.may_not_settle() {
            return answer;
        }
        if self.wires.household.site().is_none() {
            return Answer::of(
                "site",
                "Nobody told me where we live, so there is nothing to forget.",
            );
        }
        if self.dry_run {
            return Answer::of("site", "I would forget where we live.");
        }
        match self.wires.settle(None, self.grant.who.clone()).await {
            Ok(()) if self.wires.household.location().is_some() => Answer::of(
                "site",
                "I forgot what you told me; what my settings say holds again.",
            ),
            Ok(()) => Answer::of(
                "site",
                "I forgot where we live, and no longer know when the sun rises or sets.",
            ),
            Err(error) => Answer::of("site.failed", format!("I could not keep that: {error}.")),
        }
    }

    fn may_not_settle(&self) -> Option<Answer> {
        if self.grant.covers(Right::ManageHouse, None) {
            return None;
        }
        let text = format!(
            "{} may not tell me where the house stands; ask somebody who sets it up.",
            words::sentence(&self.grant.who.to_string()).trim_end_matches('.')
        );
        Some(Answer::of("site.refused", text))
    }
}
