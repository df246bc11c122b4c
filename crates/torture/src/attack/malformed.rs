//! Malformed input on every port: before the TLS handshake, within it as a device that the gateway knows, in MLLP frames, and through a broker.

use std::net::SocketAddr;

use load::link::Version;
use load::message::Hl7Messages;
use load::{Endpoint, Key, Message, Messages, Single, Target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Duration, timeout};

use super::input::Inputs;
use super::{Aim, Conversation, Tally};
use crate::account::Sent;
use crate::limits;

/// How long an answer is listened for; there need be none.
const LISTENS: Duration = Duration::from_millis(200);

pub(super) async fn run(aim: &Aim, seed: u64) -> Tally {
    let mut inputs = Inputs::of(seed);
    let mut tally = Tally::default();
    for (_, at, speaks_tls) in aim.ports.all() {
        for number in 0..limits::MALFORMED {
            let bytes = inputs.next();
            let within = speaks_tls && number % 2 == 1;
            let stream = if within { aim.within_tls(at).await } else { plain(aim, at).await };
            if let Some(stream) = stream {
                say(stream, &bytes).await;
                tally.malformed += 1;
            }
        }
    }
    messages(aim, &mut inputs, seed, &mut tally).await;
    behind(aim, &mut inputs, &mut tally).await;
    tally
}

async fn plain(aim: &Aim, at: SocketAddr) -> Option<Box<dyn Conversation>> {
    Some(Box::new(aim.plain(at).await?))
}

/// Says it and listens for a moment. Whatever is answered, or nothing, is right as long as the gateway lives.
async fn say(mut stream: Box<dyn Conversation>, bytes: &[u8]) {
    let talking = async {
        // The gateway may have closed already.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = stream.read(&mut [0; 1024]).await;
    };
    let _ = timeout(LISTENS, talking).await;
}

/// Messages that are not quite what they should be: some are taken, which the account must know.
async fn messages(aim: &Aim, inputs: &mut Inputs, seed: u64, tally: &mut Tally) {
    let Ok(bedside) = Hl7Messages::bedside(format!("x{seed:x}")) else { return };
    let mut bedside = Messages::Hl7(bedside);
    for _ in 0..limits::MALFORMED {
        let Ok(good) = bedside.make() else { return };
        let message = inputs.changed(&good.bytes);
        let mut frame = Vec::new();
        if clinical::mllp::encode(&message, &mut frame).is_err() {
            continue;
        }
        let key = Key::Hl7 { control_id: malformed_name(&message) };
        tally.sent.push(Sent { key, first_us: 0, acknowledged_us: None, refused: false });
        if let Some(stream) = plain(aim, aim.ports.mllp).await {
            say(stream, &frame).await;
            tally.malformed += 1;
        }
    }
}

/// The name by which the account knows a message whose control id may have been changed.
pub(crate) fn malformed_name(message: &[u8]) -> String {
    format!("malformed-{}", hex::encode(seal::sha256(message)))
}

/// The same through mosquitto, in the offender's name.
async fn behind(aim: &Aim, inputs: &mut Inputs, tally: &mut Tally) {
    let Some(Ok(target)) = aim.broker.map(Target::local) else { return };
    let device = aim.offender.lock().await.id.clone();
    for topic in [format!("medseal/v1/{device}/batch"), "medseal/v1/no one/batch".to_owned()] {
        let (tls, version, client) = (None, Version::V5, "torture-malformed".to_owned());
        let endpoint = Endpoint::Mqtt { target: target.clone(), tls, version, client, topic };
        let Ok(Ok(mut link)) = timeout(limits::FAULT, Single::open(&endpoint)).await else { continue };
        for _ in 0..limits::MALFORMED_BEHIND {
            let key = Key::Sealed { device: device.clone(), counter: 0 };
            let message = Message { key, bytes: inputs.next().into(), readings: 0 };
            let published = async {
                link.put(&message)?;
                link.next().await
            };
            match timeout(limits::FAULT, published).await {
                Ok(Ok(_)) => tally.malformed += 1,
                Ok(Err(_)) | Err(_) => break,
            }
        }
    }
}
