//! `regihub retention`: how long what is only kept to look back is kept.

use super::setup::{Data, open_storage};
use crate::{Exit, process};
use anyhow::ensure;
use regihub_engine::Retention;
use regihub_ports::{Clock, Dice, SystemClock};
use serde_json::json;

/// Shows and changes how many days old data is kept; 0 keeps for ever. On SQLite the hub must not run meanwhile
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    data: Data,
    /// Raw notifications
    #[arg(long, value_name = "DAYS")]
    messages: Option<i64>,
    /// Calls with their bodies
    #[arg(long, value_name = "DAYS")]
    exchanges: Option<i64>,
    /// Numbers that shops were told
    #[arg(long, value_name = "DAYS")]
    pushes: Option<i64>,
    /// Entries of the stock ledger; older ones are folded into one per product and store
    #[arg(long, value_name = "DAYS")]
    ledger: Option<i64>,
}

/// A hundred years; more is surely a slip.
const MOST: i64 = 36_500;

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let wanted = [args.messages, args.exchanges, args.pushes, args.ledger];
    for (name, days) in ["messages", "exchanges", "pushes", "ledger"].iter().zip(wanted) {
        ensure!(
            days.is_none_or(|days| (0..=MOST).contains(&days)),
            "--{name}: got {}, allowed are 0 (for ever) to {MOST} days",
            days.unwrap_or_default()
        );
    }
    let storage = open_storage(&args.data.data, args.data.database.as_deref(), &Dice::from_os())?;
    let now = SystemClock.now_us();
    let kept = storage
        .write(move |unit| {
            let old = Retention::load(unit)?;
            let new = Retention {
                messages: wanted[0].unwrap_or(old.messages),
                exchanges: wanted[1].unwrap_or(old.exchanges),
                pushes: wanted[2].unwrap_or(old.pushes),
                ledger: wanted[3].unwrap_or(old.ledger),
            };
            if new != old {
                new.save(unit, now)?;
            }
            Ok(new)
        })
        .await?;
    storage.close().await;
    let Retention { messages, exchanges, pushes, ledger } = kept;
    if args.data.json {
        let days = json!({ "messages": messages, "exchanges": exchanges, "pushes": pushes, "ledger": ledger });
        process::say(&days.to_string());
        return Ok(Exit::Done);
    }
    let days = |days: i64| if days == 0 { "for ever".to_owned() } else { format!("{days} days") };
    process::say(&format!(
        "notifications {}\ncalls         {}\npushes        {}\nstock ledger  {}",
        days(messages),
        days(exchanges),
        days(pushes),
        days(ledger)
    ));
    Ok(Exit::Done)
}
