//! Mail to whom a setting names, by the server that a setting names.

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport as _, Message, Tokio1Executor};
use std::time::Duration;

/// How long one mail may take.
const TIME: Duration = Duration::from_secs(30);

/// Sends mail from one sender to some receivers by one server. Cloning shares it.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// Why a mail did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct MailFault {
    /// Why, for people.
    pub why: String,
    /// Whether it may go out when it is tried again.
    pub again: bool,
}

impl Mailer {
    /// A mailer for `smtp://user:password@host:port` (STARTTLS, which is left out only to this machine
    /// itself or with `?tls=none`) or `smtps://...`.
    ///
    /// # Errors
    /// What of it cannot be used, for people. The server's address is not repeated: there may be a
    /// password in it.
    pub fn new(server: &str, from: &str, to: &[String]) -> Result<Self, String> {
        let mailbox = |name: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|_| {
                let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
                format!(
                    "{name}: `{shown}` is no mail address; expected one such as anna@example.com"
                )
            })
        };
        let from = mailbox("NOTIFY_EMAIL_FROM", from)?;
        let to = to.iter().map(|to| mailbox("NOTIFY_EMAIL_TO", to));
        let to = to.collect::<Result<Vec<_>, _>>()?;
        let expected = "NOTIFY_SMTP_URL cannot be read; expected smtp://user:password@host:587 or smtps://user:password@host";
        let address = secured(server).ok_or(expected)?;
        // The programs install one; TLS without any would panic.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&address)
            .map_err(|_| expected.to_owned())?
            .timeout(Some(TIME))
            .build();
        Ok(Self {
            transport,
            from,
            to,
        })
    }

    /// Sends a mail. The same `id` makes the same Message-ID, so that a receiver can tell a repeat.
    ///
    /// # Errors
    /// Why it did not go out, and whether another try may help.
    pub async fn send(&self, id: &str, subject: &str, text: &str) -> Result<(), MailFault> {
        let domain = self.from.email.domain();
        let mut mail = Message::builder()
            .from(self.from.clone())
            .message_id(Some(format!("<{id}@{domain}>")))
            .header(ContentType::TEXT_PLAIN)
            .subject(subject);
        for to in &self.to {
            mail = mail.to(to.clone());
        }
        let mail = mail.body(text.to_owned()).map_err(|error| MailFault {
            why: format!("the mail cannot be written: {error}"),
            again: false,
        })?;
        match tokio::time::timeout(TIME * 2, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault_of(&error)),
            Err(_) => Err(MailFault {
                why: "the mail server did not take it in time".to_owned(),
                again: true,
            }),
        }
    }
}

/// The address with the TLS that it needs.
fn secured(server: &str) -> Option<String> {
    let server = server.trim();
    let (scheme, rest) = server.split_once("://")?;
    if scheme == "smtps" {
        return Some(server.to_owned());
    }
    if scheme != "smtp" {
        return None;
    }
    if let Some(plain) = server.strip_suffix("?tls=none") {
        return Some(plain.to_owned());
    }
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let host = place.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if is_here || rest.contains("tls=") {
        Some(server.to_owned())
    } else {
        let joint = if rest.contains('?') { '&' } else { '?' };
        Some(format!("{server}{joint}tls=required"))
    }
}

fn fault_of(error: &Error) -> MailFault {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        why = format!("{why}: {one}");
        cause = one.source();
    }
    MailFault {
        why: why.chars().filter(|c| !c.is_control()).take(300).collect(),
        // The server's own lasting "no" is not asked twice; everything else may pass.
        again: !error.is_permanent(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Mailer, secured};

    #[test]
    fn passwords_only_travel_by_tls() {
        for (given, used) in [
            (
                "smtp://u:p@mail.example.com:587",
                "smtp://u:p@mail.example.com:587?tls=required",
            ),
            (
                "smtp://mail.example.com",
                "smtp://mail.example.com?tls=required",
            ),
            ("smtp://mail.lan?tls=none", "smtp://mail.lan"),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            (
                "smtps://u:p@mail.example.com",
                "smtps://u:p@mail.example.com",
            ),
        ] {
            assert_eq!(secured(given).as_deref(), Some(used));
        }
        assert_eq!(secured("mail.example.com"), None);
        assert_eq!(secured("http://mail.example.com"), None);
    }

    #[test]
    fn faults_never_repeat_the_password() {
        let to = ["anna@example.com".to_owned()];
        let fault = Mailer::new("http://u:s3cret@x", "a@b.c", &to).expect_err("a fault");
        assert!(!fault.contains("s3cret"), "{fault}");
        assert!(Mailer::new("smtps://u:s3cret@x", "nobody", &to).is_err());
    }
}
