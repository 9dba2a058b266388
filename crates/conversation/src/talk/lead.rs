//! What is said where the house leads: in an answer to what it began to say, or in an interview.

use super::answer::{Answer, CannotSay};
use super::{Conversation, Turn};
use crate::understand::{Dialogue, Meaning};
use model::ConversationId;

impl Conversation {
    /// The answer where the house leads; `None` where the person does.
    pub(super) async fn led(
        &self,
        turn: &Turn<'_>,
        conversation: ConversationId,
        who: &str,
        meaning: &Meaning,
        before: &Dialogue,
    ) -> Result<Option<Answer>, CannotSay> {
        if let Some(answer) = self
            .replied(turn, conversation, who, meaning, before)
            .await?
        {
            return Ok(Some(answer));
        }
        self.walked(turn, conversation, who, meaning).await
    }
}
