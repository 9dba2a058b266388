//! How everyone else reaches the mind.

use crate::View;
use std::sync::Arc;
use tokio::sync::watch;

/// The mind of the running house; cloning shares it.
#[derive(Debug, Clone)]
pub struct Mind {
    view: watch::Receiver<Arc<View>>,
}

impl Mind {
    /// How the house is.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.borrow())
    }

    /// Every new view, the latest at a time.
    #[must_use]
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }
}
