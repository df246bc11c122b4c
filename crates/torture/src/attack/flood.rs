//! One device that sends refused messages as fast as its connection takes them, and connects again whenever it is thrown out.

use std::time::Instant;

use load::{Key, Message, Single};
use tokio::time::timeout;

use super::{Aim, Tally};
use crate::limits;

pub(super) async fn run(aim: &Aim) -> Tally {
    let offender = aim.offender.lock().await;
    let Ok(endpoint) = offender.endpoint(aim.ports.mqtt) else { return Tally::default() };
    let (begun, mut flooded) = (Instant::now(), 0);
    let key = Key::Sealed { device: offender.id.clone(), counter: 0 };
    let message = Message { key, bytes: vec![0x82; 600].into(), readings: 0 };
    while flooded < limits::FLOOD && begun.elapsed() < limits::FAULT {
        let Ok(Ok(mut link)) = timeout(limits::FAULT, Single::open(&endpoint)).await else { continue };
        let most = link.most().min(64);
        while flooded < limits::FLOOD && begun.elapsed() < limits::FAULT {
            let sending = async {
                for _ in 0..most {
                    link.put(&message)?;
                }
                for _ in 0..most {
                    link.next().await?;
                }
                Ok::<_, load::link::LinkError>(())
            };
            match timeout(limits::FAULT, sending).await {
                Ok(Ok(())) => flooded += most,
                // Thrown out, or the gateway is away.
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }
    Tally { flooded, ..Tally::default() }
}
