//! `/control/mails`: mails that were caught instead of sent. Nothing leaves the machine.

use crate::{
    emulator::{Inner, State},
    time::Seconds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// How many mails are remembered, and how much of each.
const MOST: usize = 500;
const LONGEST: usize = 64 * 1024;

/// A caught mail.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    /// Counts from 1.
    pub(crate) number: u64,
    /// Seconds since 1970, UTC.
    pub(crate) at: Seconds,
    #[serde(flatten)]
    pub(crate) letter: Letter,
}

/// A mail as it is handed over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) body: String,
}

/// The newest mails, oldest first.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Mailbox {
    mails: VecDeque<Mail>,
}

impl Mailbox {
    pub(crate) fn mails(&self) -> &VecDeque<Mail> {
        &self.mails
    }

    /// Catches a mail that the emulated service, or an app under test, would have sent.
    pub(crate) fn catch(&mut self, at: Seconds, letter: Letter) -> u64 {
        let cut = |text: String| if text.len() <= LONGEST { text } else { text.chars().take(LONGEST / 4).collect() };
        let letter =
            Letter { from: cut(letter.from), to: cut(letter.to), subject: cut(letter.subject), body: cut(letter.body) };
        let number = self.mails.back().map_or(1, |mail| mail.number + 1);
        self.mails.push_back(Mail { number, at, letter });
        if self.mails.len() > MOST {
            self.mails.pop_front();
        }
        number
    }
}

pub(super) fn take(inner: &Inner, state: &mut State, letter: Letter) -> Value {
    json!({ "number": state.mails.catch(inner.now(), letter) })
}

pub(super) fn clear(state: &mut State) -> Value {
    state.mails.mails.clear();
    json!({})
}
