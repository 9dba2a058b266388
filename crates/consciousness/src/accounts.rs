//! `consciousness user …` and `consciousness token …`: who may come in. Where a server runs, it is asked
//! over its socket; where none does, the database is worked on directly.

mod direct;

use crate::ask::{ask, escaped, open_socket};
use crate::prompt;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use direct::Direct;
use serde_json::{Value as Json, json};

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account. The password is asked for, or read as one line from standard input.
    Add(Add),
    /// List the accounts.
    List(Shown),
    /// Set a password, end the sessions and switch a second factor off: the way back in. The password is
    /// asked for, or read as one line from standard input.
    Password(Named),
    /// Give an account another role.
    Role(NewRole),
    /// Remove an account, and erase its sessions, tokens, conversations and what is remembered of them.
    Remove(Named),
}

/// Long-lived tokens of programs.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token. It is printed once, on standard output.
    Make(Make),
    /// List the tokens.
    List(Shown),
    /// Revoke a token.
    Revoke(Named),
}

/// A new account.
#[derive(Debug, Args)]
pub struct Add {
    /// What one signs in with.
    name: String,
    /// owner, member, child, guest, panel or operator. The first account is the owner where nothing is
    /// said, others are members.
    #[arg(long)]
    role: Option<String>,
    /// Until when it is good, such as 2026-12-31T12:00:00Z.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// Only in this area, by its slug; may be given several times.
    #[arg(long = "area", value_name = "AREA")]
    areas: Vec<String>,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// How a list is shown.
#[derive(Debug, Args)]
pub struct Shown {
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// Which one.
#[derive(Debug, Args)]
pub struct Named {
    /// Its name or id.
    name: String,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// Another role.
#[derive(Debug, Args)]
pub struct NewRole {
    /// The account's name or id.
    name: String,
    /// owner, member, child, guest, panel or operator.
    role: String,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// A new token.
#[derive(Debug, Args)]
pub struct Make {
    /// Its name: a-z, 0-9, _ - and .
    name: String,
    /// What it may do, such as read_house; may be given several times, or separated by commas.
    #[arg(
        long = "scope",
        value_name = "SCOPE",
        value_delimiter = ',',
        required = true
    )]
    scopes: Vec<String>,
    /// Until when it is good, such as 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

/// Who does it: the server that runs, or we ourselves.
enum Desk<'a> {
    Server(&'a Settings),
    Database(Box<Direct>),
}

impl<'a> Desk<'a> {
    fn open(settings: &'a Settings) -> anyhow::Result<Self> {
        if open_socket(settings).is_some() {
            return Ok(Self::Server(settings));
        }
        Ok(Self::Database(Box::new(Direct::open(settings)?)))
    }

    /// Asks in the words of the API, whoever answers.
    fn ask(&self, method: &str, path: &[&str], body: Option<&Json>) -> anyhow::Result<Json> {
        match self {
            Self::Server(settings) => {
                let path: String = path
                    .iter()
                    .map(|part| format!("/{}", escaped(part)))
                    .collect();
                Ok(ask(settings, method, &format!("/api{path}"), body)?)
            }
            Self::Database(direct) => direct.answer(method, path, body.unwrap_or(&Json::Null)),
        }
    }

    /// Closes what was opened.
    fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Server(_) => Ok(()),
            Self::Database(direct) => direct.close(),
        }
    }
}

/// Does what is asked about accounts.
///
/// # Errors
/// When it cannot be done.
pub fn user(settings: &Settings, wanted: &User) -> anyhow::Result<()> {
    let desk = Desk::open(settings)?;
    match wanted {
        User::Add(add) => {
            let role = match &add.role {
                Some(role) => role.clone(),
                None => {
                    let there = desk.ask("GET", &["users"], None)?;
                    let owns = |user: &Json| user["role"] == "owner";
                    let mut users = there["users"].as_array().into_iter().flatten();
                    if users.any(owns) { "member" } else { "owner" }.to_owned()
                }
            };
            let mut body =
                json!({ "name": add.name, "password": prompt::twice("Password")?, "role": role });
            if let Some(until) = &add.until {
                body["until"] = json!(until);
            }
            if !add.areas.is_empty() {
                body["areas"] = json!(add.areas);
            }
            let made = desk.ask("POST", &["users"], Some(&body))?;
            tell(add.json, &made, |made| {
                format!(
                    "{} may sign in as {}.",
                    plain(&made["name"]),
                    plain(&made["role"])
                )
            })?;
        }
        User::List(shown) => {
            let users = desk.ask("GET", &["users"], None)?;
            tell(shown.json, &users, |users| {
                listed(&users["users"], user_line)
            })?;
        }
        User::Password(named) => {
            let body = json!({ "password": prompt::twice("Password")? });
            desk.ask("PUT", &["users", &named.name, "password"], Some(&body))?;
            let done = json!({ "name": named.name });
            tell(named.json, &done, |_| {
                format!(
                    "The password of {} is set; its sessions have ended.",
                    named.name
                )
            })?;
        }
        User::Role(new) => {
            let body = json!({ "role": new.role });
            let edited = desk.ask("PATCH", &["users", &new.name], Some(&body))?;
            tell(new.json, &edited, |edited| {
                format!(
                    "{} is {} now.",
                    plain(&edited["name"]),
                    plain(&edited["role"])
                )
            })?;
        }
        User::Remove(named) => {
            desk.ask("DELETE", &["users", &named.name], None)?;
            let done = json!({ "name": named.name });
            tell(named.json, &done, |_| {
                format!("{} is removed, with all that was kept of them.", named.name)
            })?;
        }
    }
    desk.close()
}

/// Does what is asked about tokens.
///
/// # Errors
/// When it cannot be done.
pub fn token(settings: &Settings, wanted: &Token) -> anyhow::Result<()> {
    let desk = Desk::open(settings)?;
    match wanted {
        Token::Make(make) => {
            let mut body = json!({ "name": make.name, "scopes": make.scopes });
            if let Some(until) = &make.until {
                body["until"] = json!(until);
            }
            let made = desk.ask("POST", &["tokens"], Some(&body))?;
            tell(make.json, &made, |made| plain(&made["token"]))?;
            if !make.json {
                eprintln!("It is shown only now; send it as `Authorization: Bearer …`.");
            }
        }
        Token::List(shown) => {
            let tokens = desk.ask("GET", &["tokens"], None)?;
            tell(shown.json, &tokens, |tokens| {
                listed(&tokens["tokens"], token_line)
            })?;
        }
        Token::Revoke(named) => {
            desk.ask("DELETE", &["tokens", &named.name], None)?;
            let done = json!({ "name": named.name });
            tell(named.json, &done, |_| format!("{} is revoked.", named.name))?;
        }
    }
    desk.close()
}

fn tell(as_json: bool, answer: &Json, text: impl FnOnce(&Json) -> String) -> anyhow::Result<()> {
    let text = if as_json {
        serde_json::to_string_pretty(answer)?
    } else {
        text(answer)
    };
    if !text.is_empty() {
        println!("{}", text.trim_end_matches('\n'));
    }
    Ok(())
}

fn listed(list: &Json, line: fn(&Json) -> String) -> String {
    list.as_array().into_iter().flatten().map(line).collect()
}

fn user_line(user: &Json) -> String {
    let until = match user["until"].as_str() {
        Some(until) => format!(", until {until}"),
        None => String::new(),
    };
    let areas: Vec<String> = user["areas"]
        .as_array()
        .into_iter()
        .flatten()
        .map(plain)
        .collect();
    let areas = if areas.is_empty() {
        String::new()
    } else {
        format!(", in {}", areas.join(" and "))
    };
    format!(
        "{}: {}{until}{areas}\n",
        plain(&user["name"]),
        plain(&user["role"])
    )
}

fn token_line(token: &Json) -> String {
    let scopes: Vec<String> = token["scopes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(plain)
        .collect();
    let used = match token["last_used_at"].as_str() {
        Some(at) => format!("last used {at}"),
        None => "never used".to_owned(),
    };
    let until = match token["until"].as_str() {
        Some(until) => format!(", until {until}"),
        None => String::new(),
    };
    format!(
        "{}: {}; made {}, {used}{until}\n",
        plain(&token["name"]),
        scopes.join(" "),
        plain(&token["made_at"])
    )
}

fn plain(json: &Json) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}
