//! Long-lived tokens of programs: made, listed, revoked.

use crate::account::{Principal, Token};
use crate::auth::{Auth, Client};
use crate::event::EventKind;
use crate::keys::hash;
use crate::refused::Refused;
use crate::token;
use model::{AccountId, Rights, Timestamp, TokenId};
use store::Record;

/// How many tokens there may be.
const TOKENS: usize = 200;

/// What is said of a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// What it may do at most.
    pub scopes: Rights,
    /// Until when it is good.
    pub until: Option<Timestamp>,
    /// Whose it is; `None`: the operator's.
    pub account: Option<AccountId>,
}

impl Auth {
    /// The tokens of an account, or with `None` all, oldest first.
    #[must_use]
    pub fn tokens(&self, of: Option<AccountId>) -> Vec<Token> {
        self.book()
            .tokens
            .values()
            .filter(|token| of.is_none() || token.account == of)
            .cloned()
            .collect()
    }

    /// The token of an id or a name.
    #[must_use]
    pub fn token(&self, id_or_name: &str) -> Option<Token> {
        let book = self.book();
        match id_or_name.parse::<TokenId>() {
            Ok(id) => book.tokens.get(&id).cloned(),
            Err(_) => {
                let name = id_or_name.to_lowercase();
                book.tokens.values().find(|it| it.name == name).cloned()
            }
        }
    }

    /// Makes a token; its text is told once.
    ///
    /// # Errors
    /// When something about it cannot be.
    pub async fn make_token(
        &self,
        new: NewToken,
        by: &Principal,
        client: &Client,
    ) -> Result<(Token, String), Refused> {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte);
        if new.name.is_empty() || new.name.len() > 64 || !new.name.bytes().all(fits) {
            return Err(Refused::Invalid {
                what: "the token's name is none".to_owned(),
                expected: "1 to 64 of a-z, 0-9, _ - and ., such as grafana".to_owned(),
            });
        }
        if new.scopes == Rights::NONE {
            return Err(Refused::Invalid {
                what: "the token may do nothing".to_owned(),
                expected: "at least one scope".to_owned(),
            });
        }
        let now = self.now();
        if new.until.is_some_and(|until| until <= now) {
            return Err(Refused::Invalid {
                what: "the token would have ended already".to_owned(),
                expected: "a moment to come, or none".to_owned(),
            });
        }
        let _change = self.inner.changes.lock().await;
        {
            let book = self.book();
            if book.tokens.len() >= TOKENS {
                return Err(Refused::TooMany("tokens"));
            }
            if book.tokens.values().any(|token| token.name == new.name) {
                return Err(Refused::NameTaken(new.name));
            }
        }
        let text = format!("{}{}", token::PREFIX, token::opaque()?);
        let token = Token {
            id: TokenId::new(),
            account: new.account,
            name: new.name,
            scopes: new.scopes,
            made: now,
            until: new.until,
            last_used: None,
            hash: hash(&text),
        };
        self.keep(vec![Record::Token(Box::new(token.kept()))])
            .await?;
        self.book_mut().put_token(token.clone());
        let scopes: Vec<&str> = token.scopes.iter().map(|right| right.name()).collect();
        self.noted(
            EventKind::TokenMade,
            by,
            client,
            &format!("{}: {}", token.name, scopes.join(", ")),
        );
        Ok((token, text))
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// When there is none.
    pub async fn revoke_token(
        &self,
        id: TokenId,
        by: &Principal,
        client: &Client,
    ) -> Result<(), Refused> {
        let _change = self.inner.changes.lock().await;
        if !self.book().tokens.contains_key(&id) {
            return Err(Refused::Unknown("token"));
        }
        self.keep(vec![Record::TokenGone(id)]).await?;
        let gone = self.book_mut().remove_token(id);
        self.has_changed();
        if let Some(token) = gone {
            self.noted(EventKind::TokenRevoked, by, client, &token.name);
        }
        Ok(())
    }
}
