//! What the database lets go after its time, as `[retention]` says: refused messages, and rows of the audit log, which move into files.
//!
//! It goes in small steps, each a transaction of its own with its audit row, so that messages that wait to be stored do not wait for it.
//! The room is used again by what is stored next; the file does not shrink.

use std::time::Duration;

use jiff::Timestamp;
use seal::Micros;
use tokio::time::MissedTickBehavior;

use crate::audit::archive::{self, ArchiveError, Until};
use crate::config::Retention;
use crate::limits;
use crate::start::Services;
use crate::store::{Reader, Removal, Removed, Store, StoreError, now};

/// Looks at what is over again and again, until the gateway stops.
pub(crate) async fn run(services: Services) {
    let mut ticks = tokio::time::interval(limits::RETENTION_TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = services.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let Services { config, store, .. } = &services;
        if let Err(error) = remove_refused(store, &config.retention, now()).await {
            tracing::warn!(%error, "refused messages that are over could not be removed");
        }
        if let Err(error) = archive_audit(&services, now()).await {
            tracing::warn!(%error, "the audit log could not be archived");
        }
    }
}

/// Removes the refused messages that are over at `now`: how many went.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn remove_refused(store: &Store, retention: &Retention, now: Micros) -> Result<u64, StoreError> {
    let before = Removal::Before(earlier(now, retention.refused()));
    let mut messages = 0;
    loop {
        let Removed { messages: some, .. } = removed(store, before).await?;
        messages += some;
        if some < limits::REMOVED_ROWS as u64 {
            break;
        }
    }
    let kept = store.read(Reader::refusal_bytes).await?;
    let mut over = kept.saturating_sub(retention.refused_bytes());
    while over > 0 {
        let Removed { messages: some, bytes } = removed(store, Removal::Bytes(over)).await?;
        (over, messages) = (over.saturating_sub(bytes), messages + some);
        if some == 0 {
            break;
        }
    }
    if messages > 0 {
        store
            .write(|writer| {
                writer.recount_quarantine();
                Ok(())
            })
            .await?;
        tracing::info!(messages, "refused messages whose time is over were removed");
    }
    Ok(messages)
}

async fn removed(store: &Store, removal: Removal) -> Result<Removed, StoreError> {
    store.write(move |writer| writer.remove_refusals(removal, limits::REMOVED_ROWS)).await
}

/// Archives the audit log when some of it is older than it may become, a stretch of days at once, and ends what a stop interrupted.
async fn archive_audit(services: &Services, now: Micros) -> Result<(), ArchiveError> {
    let Services { config, store, .. } = services;
    archive::remove_archived(store).await?;
    let Some(age) = config.retention.audit() else { return Ok(()) };
    let due = earlier(now, age + limits::AUDIT_SEGMENT);
    let base = store.read(move |reader| Ok((reader.audit_base()?.id, reader.audit_before(due)?))).await?;
    if base.1 <= base.0 {
        return Ok(());
    }
    let until = Timestamp::from_microsecond(earlier(now, age).0).map(Until::Time);
    let Ok(until) = until else { return Ok(()) };
    let segment = archive::archive(store, &config.data, until, "system").await?;
    tracing::info!(first = segment.first.0, last = segment.last.0, "a stretch of the audit log was archived");
    Ok(())
}

fn earlier(time: Micros, by: Duration) -> Micros {
    Micros(time.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}
