//! Accounts and tokens in the database itself, while no server holds it; asked and answered in the words
//! of the API.

use crate::place::Place;
use crate::settings::Settings;
use crate::{lock, secrets, security};
use anyhow::Context as _;
use auth::{Account, AccountEdit, Auth, Client, NewAccount, NewToken, Principal, Role, Token};
use model::{AreaId, PersonId, Right, Rights, Timestamp, Who};
use serde_json::{Value as Json, json};
use store::{Kept, MemoryFilter, Record, Store};
use tokio::runtime::Runtime;

/// How many memories and conversations are looked through at once.
const AT_ONCE: usize = 500;

/// The open database.
pub(super) struct Direct {
    runtime: Runtime,
    store: Store,
    auth: Auth,
    kept: Kept,
    /// Nobody else opens it meanwhile.
    _owner: lock::Owner,
}

impl Direct {
    pub(super) fn open(settings: &Settings) -> anyhow::Result<Self> {
        let place = Place::of_commands(settings)?;
        let owner = lock::own(place.location.path())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (store, auth, kept) = runtime.block_on(async {
            let (store, _) = Store::open(&place.location)
                .await
                .context("the database cannot be opened")?;
            let kept = store.load().await?;
            let auth = security::open(
                settings,
                &place,
                store.clone(),
                &secrets::open(settings, &place),
            )
            .await?;
            anyhow::Ok((store, auth, kept))
        })?;
        Ok(Self {
            runtime,
            store,
            auth,
            kept,
            _owner: owner,
        })
    }

    pub(super) fn close(self) -> anyhow::Result<()> {
        let last = self.kept.last_kept;
        self.runtime
            .block_on(self.store.close_clean(last))
            .context("the database could not be closed cleanly")
    }

    pub(super) fn answer(&self, method: &str, path: &[&str], body: &Json) -> anyhow::Result<Json> {
        self.runtime.block_on(async {
            match (method, path) {
                ("GET", ["users"]) => Ok(json!({
                    "users": self.auth.accounts().iter().map(|it| self.user(it)).collect::<Vec<_>>(),
                })),
                ("POST", ["users"]) => self.add(body).await,
                ("PUT", ["users", name, "password"]) => self.password(name, body).await,
                ("PATCH", ["users", name]) => self.role(name, body).await,
                ("DELETE", ["users", name]) => self.remove(name).await,
                ("GET", ["tokens"]) => Ok(json!({
                    "tokens": self.auth.tokens(None).iter().map(|it| self.token(it)).collect::<Vec<_>>(),
                })),
                ("POST", ["tokens"]) => self.make(body).await,
                ("DELETE", ["tokens", name]) => self.revoke(name).await,
                _ => anyhow::bail!("this takes a server that runs; start it with `consciousness serve`"),
            }
        })
    }

    async fn add(&self, body: &Json) -> anyhow::Result<Json> {
        let name = text(body, "name");
        let person = self.kept.people.iter().find(|person| {
            person.name.to_lowercase() == name.to_lowercase()
                && self.auth.account_of(person.id).is_none()
        });
        let new = NewAccount {
            role: role(&text(body, "role"))?,
            person: person.map(|person| person.id),
            until: until(body)?,
            areas: self.areas(body)?,
            password: text(body, "password"),
            name,
        };
        let (by, client) = us();
        let account = self.auth.add(new, &by, &client).await?;
        Ok(self.user(&account))
    }

    async fn password(&self, name: &str, body: &Json) -> anyhow::Result<Json> {
        let account = self.found(name)?;
        let (by, client) = us();
        let password = text(body, "password");
        self.auth
            .set_password(account.id, &password, None, &by, &client)
            .await?;
        if account.has_second() {
            self.auth.drop_second(account.id, &by, &client).await?;
        }
        Ok(Json::Null)
    }

    async fn role(&self, name: &str, body: &Json) -> anyhow::Result<Json> {
        let edit = AccountEdit {
            role: Some(role(&text(body, "role"))?),
            ..AccountEdit::default()
        };
        let (by, client) = us();
        let id = self.found(name)?.id;
        let account = self.auth.edit(id, edit, &by, &client).await?;
        Ok(self.user(&account))
    }

    async fn remove(&self, name: &str) -> anyhow::Result<Json> {
        let account = self.found(name)?;
        let (by, client) = us();
        self.auth.remove(account.id, &by, &client).await?;
        let person = account
            .person
            .unwrap_or_else(|| PersonId::from_uuid(account.id.uuid()));
        let owner = if account.role == Role::Panel {
            format!("service:{}", account.name)
        } else {
            format!("person:{person}")
        };
        loop {
            let said = self
                .store
                .conversations(&owner, None, None, AT_ONCE)
                .await?;
            if said.is_empty() {
                break;
            }
            let gone = said.iter().map(|it| Record::ConversationGone(it.id));
            self.store.keep(gone.collect()).await?;
        }
        let all = self
            .store
            .memories(&MemoryFilter::default(), usize::MAX)
            .await?;
        let theirs = all.into_iter().map(|(memory, _)| memory).filter(|memory| {
            memory.person == Some(person)
                || matches!(&memory.who, Who::Person { id, .. } if *id == person)
        });
        let gone = theirs.map(|memory| Record::MemoryGone(memory.id));
        let gone = gone.chain([Record::PersonErased(person)]).collect();
        self.store.keep(gone).await?;
        Ok(Json::Null)
    }

    async fn make(&self, body: &Json) -> anyhow::Result<Json> {
        let names = body["scopes"].as_array().into_iter().flatten();
        let scopes = names.map(|name| {
            let name = name.as_str().unwrap_or_default();
            Right::named(name).with_context(|| {
                let all: Vec<&str> = Right::ALL.into_iter().map(Right::name).collect();
                format!(
                    "there is no scope `{name}`; expected some of {}",
                    all.join(", ")
                )
            })
        });
        let new = NewToken {
            name: text(body, "name"),
            scopes: scopes.collect::<anyhow::Result<Rights>>()?,
            until: until(body)?,
            account: None,
        };
        let (by, client) = us();
        let (made, token) = self.auth.make_token(new, &by, &client).await?;
        Ok(json!({ "made": self.token(&made), "token": token }))
    }

    async fn revoke(&self, name: &str) -> anyhow::Result<Json> {
        let token = self.auth.token(name);
        let token = token.with_context(|| format!("no token is called `{name}`"))?;
        let (by, client) = us();
        self.auth.revoke_token(token.id, &by, &client).await?;
        Ok(Json::Null)
    }

    fn found(&self, name: &str) -> anyhow::Result<Account> {
        let account = self.auth.account(name);
        account.with_context(|| {
            format!("no account is called `{name}`; `consciousness user list` lists them")
        })
    }

    fn areas(&self, body: &Json) -> anyhow::Result<Option<Vec<AreaId>>> {
        let Some(names) = body["areas"].as_array() else {
            return Ok(None);
        };
        let areas = names.iter().map(|name| {
            let name = name.as_str().unwrap_or_default();
            let area = self.kept.areas.iter().find(|area| {
                area.slug.as_str() == name.to_lowercase() || area.id.to_string() == name
            });
            area.map(|area| area.id)
                .with_context(|| format!("no area is called `{name}`"))
        });
        areas.collect::<anyhow::Result<Vec<AreaId>>>().map(Some)
    }

    fn user(&self, account: &Account) -> Json {
        let slug = |id: &AreaId| {
            let area = self.kept.areas.iter().find(|area| area.id == *id);
            area.map_or_else(|| id.to_string(), |area| area.slug.to_string())
        };
        let person = account.person.and_then(|id| {
            let person = self.kept.people.iter().find(|person| person.id == id)?;
            Some(person.slug.to_string())
        });
        json!({
            "id": account.id.to_string(), "name": account.name, "role": account.role.name(), "person": person,
            "until": account.until.map(|until| until.to_string()),
            "areas": account.areas.as_ref().map(|areas| areas.iter().map(slug).collect::<Vec<_>>()),
            "second_factor": account.has_second(), "made_at": account.made.to_string(),
            "password_at": account.password_set.to_string(),
            // Where a program is that was given access, the person need not be.
            "sessions": self.auth.sessions(account.id).iter().filter(|it| it.held.is_none()).count(),
        })
    }

    fn token(&self, token: &Token) -> Json {
        let account = token
            .account
            .and_then(|id| self.auth.account(&id.to_string()));
        json!({
            "id": token.id.to_string(), "name": token.name, "account": account.map(|account| account.name),
            "scopes": token.scopes.iter().map(Right::name).collect::<Vec<_>>(),
            "made_at": token.made.to_string(), "until": token.until.map(|until| until.to_string()),
            "last_used_at": token.last_used.map(|at| at.to_string()),
        })
    }
}

/// Who does it: the operator, on the machine.
fn us() -> (Principal, Client) {
    let client = Client {
        address: None,
        agent: "consciousness".to_owned(),
    };
    (Principal::operator(), client)
}

fn text(body: &Json, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

fn role(word: &str) -> anyhow::Result<Role> {
    Role::named(word).with_context(|| {
        let all: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        format!(
            "there is no role `{word}`; expected one of {}",
            all.join(", ")
        )
    })
}

fn until(body: &Json) -> anyhow::Result<Option<Timestamp>> {
    let Some(text) = body["until"].as_str() else {
        return Ok(None);
    };
    let until = text.parse();
    until
        .map(Some)
        .with_context(|| format!("`{text}` is no moment; expected such as 2026-12-31T12:00:00Z"))
}
