//! Accounts: made, changed, removed; passwords and second factors.

use crate::account::{Account, AccountEdit, NAMES, NewAccount, Principal, Second, fault_of_name};
use crate::auth::{Auth, Client};
use crate::event::{EventKind, SecurityEvent};
use crate::refused::Refused;
use crate::role::Role;
use crate::sign_in::{fault_of_password, take};
use crate::totp;
use model::{AccountId, PersonId, SessionId};
use store::Record;

/// How many accounts there may be.
const ACCOUNTS: usize = 200;

/// A second factor that waits for its first code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The shared secret, as people type it into an app.
    pub secret: String,
    /// The same as an address that apps read from a picture.
    pub address: String,
    /// Codes for the day on which the phone is lost, each good once.
    pub recovery: Vec<String>,
}

impl Auth {
    /// Every account, oldest first.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        self.book().accounts.values().cloned().collect()
    }

    /// The account of an id or a name.
    #[must_use]
    pub fn account(&self, id_or_name: &str) -> Option<Account> {
        let book = self.book();
        match id_or_name.parse::<AccountId>() {
            Ok(id) => book.accounts.get(&id).cloned(),
            Err(_) => book.named(id_or_name).cloned(),
        }
    }

    /// The account of a member of the household.
    #[must_use]
    pub fn account_of(&self, person: PersonId) -> Option<Account> {
        self.book()
            .accounts
            .values()
            .find(|account| account.person == Some(person))
            .cloned()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When something about it cannot be.
    pub async fn add(
        &self,
        new: NewAccount,
        by: &Principal,
        client: &Client,
    ) -> Result<Account, Refused> {
        let account = self.make(new, false).await?;
        self.noted(EventKind::AccountMade, by, client, &described(&account));
        Ok(account)
    }

    /// Makes an account; `is_first` says that it is the first owner, of whom there is one.
    pub(crate) async fn make(&self, new: NewAccount, is_first: bool) -> Result<Account, Refused> {
        if let Some(what) = fault_of_name(&new.name) {
            return Err(Refused::Invalid {
                what,
                expected: NAMES.to_owned(),
            });
        }
        if let Some(fault) = fault_of_password(&new.name, &new.password) {
            return Err(fault);
        }
        fault_of_areas(new.areas.as_deref())?;
        let password = self
            .inner
            .passwords
            .hash(new.password)
            .await?
            .map_err(Refused::Failed)?;
        let _change = self.inner.changes.lock().await;
        {
            let book = self.book();
            if is_first && book.has_owner() {
                return Err(Refused::OwnerExists);
            }
            if book.accounts.len() >= ACCOUNTS {
                return Err(Refused::TooMany("accounts"));
            }
            if book.named(&new.name).is_some() {
                return Err(Refused::NameTaken(new.name));
            }
            if let Some(person) = new.person {
                is_free(&book, person, None)?;
            }
        }
        let now = self.now();
        let account = Account {
            id: AccountId::new(),
            name: new.name,
            role: new.role,
            person: new.person,
            until: new.until,
            areas: new.areas,
            made: now,
            password_set: now,
            password,
            second: None,
        };
        fault_of_owner(&account)?;
        self.put(account.clone()).await?;
        Ok(account)
    }

    /// Changes an account. Who loses a right loses it at once.
    ///
    /// # Errors
    /// When something about it cannot be.
    pub async fn edit(
        &self,
        id: AccountId,
        edit: AccountEdit,
        by: &Principal,
        client: &Client,
    ) -> Result<Account, Refused> {
        let _change = self.inner.changes.lock().await;
        let mut account = self.found(id)?;
        {
            let book = self.book();
            if let Some(name) = edit.name {
                if let Some(what) = fault_of_name(&name) {
                    return Err(Refused::Invalid {
                        what,
                        expected: NAMES.to_owned(),
                    });
                }
                if book.named(&name).is_some_and(|other| other.id != id) {
                    return Err(Refused::NameTaken(name));
                }
                account.name = name;
            }
            if let Some(person) = edit.person {
                if let Some(person) = person {
                    is_free(&book, person, Some(id))?;
                }
                account.person = person;
            }
            account.role = edit.role.unwrap_or(account.role);
            account.until = edit.until.unwrap_or(account.until);
            if let Some(areas) = edit.areas {
                fault_of_areas(areas.as_deref())?;
                account.areas = areas;
            }
            fault_of_owner(&account)?;
            let was_owner = book
                .accounts
                .get(&id)
                .is_some_and(|before| before.role == Role::Owner);
            if was_owner && account.role != Role::Owner && !book.has_other_owner(id) {
                return Err(Refused::LastOwner);
            }
        }
        self.put(account.clone()).await?;
        self.noted(EventKind::AccountChanged, by, client, &described(&account));
        Ok(account)
    }

    /// Removes an account, with its sessions and tokens.
    ///
    /// # Errors
    /// When there is none, or the house would be nobody's.
    pub async fn remove(
        &self,
        id: AccountId,
        by: &Principal,
        client: &Client,
    ) -> Result<Account, Refused> {
        let _change = self.inner.changes.lock().await;
        let account = self.found(id)?;
        if account.role == Role::Owner && !self.book().has_other_owner(id) {
            return Err(Refused::LastOwner);
        }
        self.keep(vec![Record::AccountGone(id)]).await?;
        self.book_mut().remove_account(id);
        self.has_changed();
        self.noted(EventKind::AccountRemoved, by, client, &described(&account));
        Ok(account)
    }

    /// Sets a password, and ends every other session than `keep`.
    ///
    /// # Errors
    /// When the password cannot be one.
    pub async fn set_password(
        &self,
        id: AccountId,
        password: &str,
        keep: Option<SessionId>,
        by: &Principal,
        client: &Client,
    ) -> Result<(), Refused> {
        let name = self.found(id)?.name;
        if let Some(fault) = fault_of_password(&name, password) {
            return Err(fault);
        }
        let hash = self.inner.passwords.hash(password.to_owned()).await?;
        let hash = hash.map_err(Refused::Failed)?;
        let _change = self.inner.changes.lock().await;
        let mut account = self.found(id)?;
        account.password = hash;
        account.password_set = self.now();
        self.put(account).await?;
        self.end_others(id, keep).await?;
        self.noted(EventKind::PasswordChanged, by, client, &name);
        Ok(())
    }

    /// Whether that is the account's password: asked again before something grave. Guessing here is
    /// slowed down as everywhere.
    ///
    /// # Errors
    /// When it is not, or it has to wait.
    pub async fn prove(
        &self,
        id: AccountId,
        password: &str,
        client: &Client,
    ) -> Result<(), Refused> {
        let account = self.found(id)?;
        self.sign_in_only(&account, password, client).await
    }

    /// Begins a second factor: nothing holds before [`Auth::confirm_second`].
    ///
    /// # Errors
    /// When there is one already.
    pub fn begin_second(&self, id: AccountId) -> Result<(Enrolment, String), Refused> {
        let account = self.found(id)?;
        if account.second.is_some() {
            return Err(Refused::Invalid {
                what: "this account has a second factor".to_owned(),
                expected: "none; switch it off first".to_owned(),
            });
        }
        let secret = totp::new_secret()?;
        let (recovery, hashes) = totp::recovery()?;
        let waiting = Second {
            sealed: totp::seal(self.inner.keys.encryption(), &secret)?,
            used: 0,
            recovery: hashes,
        };
        let waiting = serde_json::to_string(&(id, waiting))
            .map_err(|error| Refused::Failed(error.to_string()))?;
        let enrolment = Enrolment {
            secret: totp::base32(&secret),
            address: totp::address(&account.name, &secret),
            recovery,
        };
        let waiting = totp::seal(self.inner.keys.encryption(), waiting.as_bytes())?;
        Ok((enrolment, waiting))
    }

    /// Switches a second factor on that was begun, with a first code that shows that it works.
    ///
    /// # Errors
    /// When the code is wrong, or what was begun is not this account's.
    pub async fn confirm_second(
        &self,
        id: AccountId,
        waiting: &str,
        code: &str,
        client: &Client,
        by: &Principal,
    ) -> Result<(), Refused> {
        let key = self.inner.keys.encryption();
        let begun = totp::open(key, waiting)
            .and_then(|text| serde_json::from_slice::<(AccountId, Second)>(&text).ok())
            .filter(|(of, _)| *of == id);
        let Some((_, mut second)) = begun else {
            return Err(Refused::Invalid {
                what: "what was begun is not of this account, or not readable".to_owned(),
                expected: "the word that came with the secret".to_owned(),
            });
        };
        let secret = totp::open(key, &second.sealed)
            .ok_or_else(|| Refused::Failed("the secret cannot be read".to_owned()))?;
        let is_app = totp::step_of(&secret, code, 0, self.now()).is_some();
        if !is_app || !take(&mut second, &secret, code, self.now()) {
            return Err(Refused::WrongCode);
        }
        let _change = self.inner.changes.lock().await;
        let mut account = self.found(id)?;
        let name = account.name.clone();
        account.second = Some(second);
        self.put(account).await?;
        self.noted(
            EventKind::SecondFactorChanged,
            by,
            client,
            &format!("{name}: on"),
        );
        Ok(())
    }

    /// Switches the second factor of an account off.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn drop_second(
        &self,
        id: AccountId,
        by: &Principal,
        client: &Client,
    ) -> Result<(), Refused> {
        let _change = self.inner.changes.lock().await;
        let mut account = self.found(id)?;
        let name = account.name.clone();
        account.second = None;
        self.put(account).await?;
        self.noted(
            EventKind::SecondFactorChanged,
            by,
            client,
            &format!("{name}: off"),
        );
        Ok(())
    }

    pub(crate) fn found(&self, id: AccountId) -> Result<Account, Refused> {
        let account = self.book().accounts.get(&id).cloned();
        account.ok_or(Refused::Unknown("account"))
    }

    async fn put(&self, account: Account) -> Result<(), Refused> {
        self.keep(vec![Record::Account(Box::new(account.kept()))])
            .await?;
        self.book_mut().put_account(account);
        self.has_changed();
        Ok(())
    }

    pub(crate) fn noted(&self, kind: EventKind, by: &Principal, client: &Client, what: &str) {
        self.note(SecurityEvent::new(kind, &by.name, &client.place(), what));
    }
}

/// A person has one account: what they do is told by their name.
fn is_free(
    book: &crate::book::Book,
    person: PersonId,
    but: Option<AccountId>,
) -> Result<(), Refused> {
    let taken = book
        .accounts
        .values()
        .find(|account| account.person == Some(person) && Some(account.id) != but);
    match taken {
        None => Ok(()),
        Some(account) => Err(Refused::Invalid {
            what: format!("this person has the account `{}`", account.name),
            expected: "a person without an account".to_owned(),
        }),
    }
}

fn fault_of_areas(areas: Option<&[model::AreaId]>) -> Result<(), Refused> {
    match areas {
        Some(areas) if areas.is_empty() || areas.len() > 100 => Err(Refused::Invalid {
            what: format!("{} areas are given", areas.len()),
            expected: "1 to 100, or null for the whole house".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// An owner has no end and no bounds: else the house would be nobody's one day.
fn fault_of_owner(account: &Account) -> Result<(), Refused> {
    if account.role == Role::Owner && (account.until.is_some() || account.areas.is_some()) {
        return Err(Refused::Invalid {
            what: "an owner with an end, or in some areas only".to_owned(),
            expected: "neither".to_owned(),
        });
    }
    Ok(())
}

fn described(account: &Account) -> String {
    let until = match account.until {
        Some(until) => format!(" until {until}"),
        None => String::new(),
    };
    let areas = match &account.areas {
        Some(areas) => format!(" in {} areas", areas.len()),
        None => String::new(),
    };
    format!("{} as {}{until}{areas}", account.name, account.role.name())
}
