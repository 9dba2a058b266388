//! Who is asked where an address is, once a person agreed to that.

use super::{LONGEST, Site, codec};
use outbound::{Allowed, Limits, Outbound};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Who is asked where the setting names nobody else.
pub(crate) const DEFAULT: &str = "https://nominatim.openstreetmap.org";

/// Public geocoders want to be asked once a second at most.
const EVERY: Duration = Duration::from_secs(1);

/// How long a person waits for an answer, and how large that may be.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(10),
    body: 512 * 1024,
};

/// Who is asked where an address is. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Geocoder {
    url: Arc<str>,
    host: Arc<str>,
    last: Arc<Mutex<Option<Instant>>>,
}

/// Why an address was not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotFind {
    /// It is empty, too long or no text.
    #[error("an address has 1 to {LONGEST} characters, without line breaks")]
    NoAddress,
    /// It is the number of a telephone.
    #[error("a telephone number tells the country at most, and not where the house is")]
    Phone,
    /// The geocoder gives no answer of use.
    #[error("{host} gives no answer of use: {why}")]
    Broken {
        /// Who was asked.
        host: String,
        /// What went wrong.
        why: String,
    },
}

impl Geocoder {
    /// As `GEOCODER_URL` says; `None` where nobody is to be asked.
    ///
    /// # Errors
    /// When that is neither `off` nor an address.
    pub fn read(setting: &str) -> Result<Option<Self>, String> {
        let url = match setting.trim() {
            "" => DEFAULT,
            "off" | "none" => return Ok(None),
            url => url,
        };
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let host = outbound::host(url).filter(|_| matches!(scheme, Some("http" | "https")));
        match host {
            Some(host) if !url.contains(['?', '#', '@']) => Ok(Some(Self {
                url: url.into(),
                host: host.into(),
                last: Arc::default(),
            })),
            _ => Err(format!(
                "GEOCODER_URL cannot be used; expected off, or an address such as {DEFAULT}"
            )),
        }
    }

    /// Who it is, for people: they are asked before an address goes there.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether an address could be asked for at all.
    ///
    /// # Errors
    /// [`CannotFind`] says why not.
    pub fn checked(address: &str) -> Result<&str, CannotFind> {
        let address = address.trim();
        let fits = !address.is_empty() && address.chars().count() <= LONGEST;
        if !fits || address.chars().any(char::is_control) {
            return Err(CannotFind::NoAddress);
        }
        if super::is_phone(address) {
            return Err(CannotFind::Phone);
        }
        Ok(address)
    }

    /// Asks where an address is: the likeliest place first, none where it is not known there. Only who
    /// agreed that this address leaves the house may call it.
    ///
    /// # Errors
    /// [`CannotFind`] says why there is no answer.
    pub async fn find(&self, address: &str) -> Result<Vec<Site>, CannotFind> {
        let address = Self::checked(address)?;
        let broken = |why: String| CannotFind::Broken {
            host: self.host.to_string(),
            why,
        };
        let turn = tokio::time::timeout(LIMITS.time, self.last.lock()).await;
        let mut last = turn.map_err(|_| {
            broken("others are looking for places; it is asked for one at a time".to_owned())
        })?;
        if let Some(last) = *last {
            sleep_until(last + EVERY).await;
        }
        *last = Some(Instant::now());
        let allowed = if &*self.url == DEFAULT {
            Allowed::outside(&*self.host)
        } else {
            Allowed::named(&*self.host)
        };
        let client = Outbound::outside([allowed]).map_err(|fault| broken(fault.to_string()))?;
        let url = codec::question(&self.url, address);
        let answer = client.with_limits(LIMITS).get(&url).await;
        drop(last);
        let answer = answer.map_err(|fault| broken(fault.to_string()))?;
        codec::decode(&answer.body).map_err(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::{CannotFind, Geocoder};

    #[test]
    fn the_setting_names_whom_to_ask() {
        let host = |setting: &str| {
            Geocoder::read(setting).map(|found| found.map(|it| it.host().to_owned()))
        };
        assert_eq!(host(""), Ok(Some("nominatim.openstreetmap.org".to_owned())));
        assert_eq!(
            host("http://127.0.0.1:8080/geo"),
            Ok(Some("127.0.0.1".to_owned()))
        );
        assert_eq!(host("off"), Ok(None));
        for wrong in ["yes", "ftp://x", "http://me:secret@x", "https://x/?key=1"] {
            let fault = host(wrong).unwrap_err();
            assert!(
                fault.contains("expected off") && !fault.contains("secret"),
                "{fault}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_never_asked_for() {
        let long = "x".repeat(201);
        for wrong in ["", " ", "a\nb", &long] {
            assert_eq!(Geocoder::checked(wrong), Err(CannotFind::NoAddress));
        }
        assert_eq!(
            Geocoder::checked("+33 1 44 58 31 17"),
            Err(CannotFind::Phone)
        );
        assert_eq!(Geocoder::checked(" 75001 Paris "), Ok("75001 Paris"));
    }
}
