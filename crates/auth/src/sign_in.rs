//! Signing in: the first owner, passwords, the second factor, and the wait of who guesses.

use crate::account::{Account, NewAccount, Second, SessionKind};
use crate::auth::{Auth, Client};
use crate::event::{EventKind, SecurityEvent};
use crate::keys::hash;
use crate::password::{Busy, LONGEST, SHORTEST};
use crate::refused::Refused;
use crate::role::Role;
use crate::sessions::SignedIn;
use crate::throttle::{Wait, network};
use crate::{telemetry, totp};
use model::{AccountId, Timestamp};
use std::time::Duration;
use store::Record;

impl Auth {
    /// Makes the first owner, and signs them in. `is_here` says that they sit at the machine itself.
    ///
    /// # Errors
    /// When there is one, or they are neither here nor have the code.
    pub async fn first_owner(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        is_here: bool,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
        if self.has_owner() {
            return Err(Refused::OwnerExists);
        }
        if !is_here {
            let Some(code) = code else {
                return Err(Refused::NotHere);
            };
            // No account has this name.
            let tried = "\u{0}first owner";
            self.may_try(tried, client, false)?;
            let plain = |code: &str| {
                code.chars()
                    .filter(|c| c.is_ascii_alphanumeric())
                    .collect::<String>()
                    .to_ascii_uppercase()
            };
            let right = self
                .inner
                .code
                .as_deref()
                .is_some_and(|right| hash(&plain(right)) == hash(&plain(code)));
            if !right {
                self.failed("", client, "wrong_code", "the code for the first owner");
                return Err(Refused::WrongCode);
            }
            self.throttle().succeeded(tried, client.address);
        }
        let new = NewAccount {
            name: name.to_owned(),
            password: password.to_owned(),
            role: Role::Owner,
            person: None,
            until: None,
            areas: None,
        };
        let made = self.make(new, true).await?;
        self.note(SecurityEvent::new(
            EventKind::OwnerMade,
            &made.name,
            &client.place(),
            "the first owner of the house",
        ));
        self.begin(&made, SessionKind::Browser, client).await
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// When it is not them, or they have to wait.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        kind: SessionKind,
        client: &Client,
    ) -> Result<SignedIn, Refused> {
        let now = self.now();
        let name: String = name.chars().take(65).collect();
        let found = self.book().named(&name).cloned();
        let is_known = found
            .as_ref()
            .is_some_and(|account| self.is_signed_in_from(account.id, client, now));
        self.may_try(&name, client, is_known)?;
        let account = found.filter(|account| account.is_good(now));
        let hash = account
            .as_ref()
            .filter(|_| password.len() <= LONGEST)
            .map(|account| account.password.clone());
        let given: String = if password.len() <= LONGEST {
            password.to_owned()
        } else {
            String::new()
        };
        let fits = match self.inner.passwords.fits(given, hash).await {
            Ok(fits) => fits,
            Err(Busy) => {
                self.throttle().back(client.address);
                telemetry::attempt("denied");
                telemetry::failure("busy");
                return Err(Refused::Busy);
            }
        };
        let Some(mut account) = account.filter(|_| fits) else {
            self.failed(&name, client, "wrong_password", "wrong name or password");
            return Err(Refused::Wrong);
        };
        if account.second.is_some() {
            let Some(code) = code else {
                self.throttle().back(client.address);
                return Err(Refused::CodeNeeded);
            };
            match self.second(account.id, code, now).await? {
                Some(changed) => account = changed,
                None => {
                    self.failed(
                        &name,
                        client,
                        "wrong_code",
                        "wrong code of the second factor",
                    );
                    return Err(Refused::WrongCode);
                }
            }
        }
        self.throttle().succeeded(&name, client.address);
        self.begin(&account, kind, client).await
    }

    /// Only asks the password of somebody who is signed in.
    pub(crate) async fn sign_in_only(
        &self,
        account: &Account,
        password: &str,
        client: &Client,
    ) -> Result<(), Refused> {
        self.may_try(&account.name, client, true)?;
        let given = password.chars().take(LONGEST).collect();
        let hash = Some(account.password.clone());
        if self.inner.passwords.fits(given, hash).await? {
            self.throttle().back(client.address);
            return Ok(());
        }
        self.failed(
            &account.name,
            client,
            "wrong_password",
            "wrong password, asked again",
        );
        Err(Refused::Wrong)
    }

    /// Takes a code of the second factor, once; the account as it is then.
    async fn second(
        &self,
        id: AccountId,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, Refused> {
        let _change = self.inner.changes.lock().await;
        let Some(mut account) = self.book().accounts.get(&id).cloned() else {
            return Ok(None);
        };
        let Some(second) = &mut account.second else {
            return Ok(Some(account));
        };
        let Some(secret) = self.inner.keys.open(totp::PURPOSE, &second.sealed) else {
            return Err(Refused::Failed(
                "the second factor cannot be read: ENCRYPTION_KEY, or SECRET_KEY where that is not set, is another than when it was made".to_owned(),
            ));
        };
        if !take(second, &secret, code, now) {
            return Ok(None);
        }
        self.keep(vec![Record::Account(Box::new(account.kept()))])
            .await?;
        self.book_mut().put_account(account.clone());
        Ok(Some(account))
    }

    /// Lets a try begin, or says how long it has to wait.
    fn may_try(&self, name: &str, client: &Client, is_known: bool) -> Result<(), Refused> {
        let now = self.inner.steady.elapsed() + Duration::from_secs(24 * 3600);
        let begun = self.throttle().begin(name, client.address, is_known, now);
        begun.map_err(
            |Wait {
                 wait,
                 is_of_account,
             }| {
                telemetry::attempt("denied");
                telemetry::failure("locked_out");
                let why = if is_of_account { "account" } else { "address" };
                self.note(SecurityEvent::new(
                    EventKind::LockedOut,
                    name,
                    &client.place(),
                    &format!("the {why} waits {} s", wait.as_secs().max(1)),
                ));
                Refused::Wait(wait)
            },
        )
    }

    pub(crate) fn failed(&self, name: &str, client: &Client, reason: &'static str, detail: &str) {
        telemetry::attempt("failed");
        telemetry::failure(reason);
        self.note(SecurityEvent::new(
            EventKind::SignInFailed,
            name,
            &client.place(),
            detail,
        ));
    }

    fn is_signed_in_from(&self, account: AccountId, client: &Client, now: Timestamp) -> bool {
        let Some(address) = client.address.map(network) else {
            return true;
        };
        self.book().sessions.values().any(|session| {
            session.account == account
                && session.held.is_none()
                && now < session.until
                && session.address.parse().map(network) == Ok(address)
        })
    }
}

/// Takes a code: of the app, or a recovery code, each once.
pub(crate) fn take(second: &mut Second, secret: &[u8], code: &str, now: Timestamp) -> bool {
    if let Some(step) = totp::step_of(secret, code, second.used, now) {
        second.used = step;
        return true;
    }
    let hash = totp::recovery_hash(code);
    let before = second.recovery.len();
    second.recovery.retain(|kept| *kept != hash);
    second.recovery.len() < before
}

/// What is wrong with a password, if something is.
pub(crate) fn fault_of_password(name: &str, password: &str) -> Option<Refused> {
    let invalid = |what: &str| {
        Some(Refused::Invalid {
            what: what.to_owned(),
            expected: format!("{SHORTEST} characters to {LONGEST} bytes, and not the name"),
        })
    };
    if password.chars().count() < SHORTEST {
        return invalid("the password is too short");
    }
    if password.len() > LONGEST {
        return invalid("the password is too long");
    }
    if password.to_lowercase() == name.to_lowercase() {
        return invalid("the password is the name");
    }
    None
}
