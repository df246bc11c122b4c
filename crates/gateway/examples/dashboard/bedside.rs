//! A bedside system that seals nothing: HL7 v2 over MLLP, as monitors send it, and what an admission system and a device manager say.

use clinical::hl7::format_time;
use clinical::mllp;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Fallible, now};

/// Two patients; the clock of the first one's monitor is three minutes behind, the second one's is under test.
const BEDS: [Bed; 2] = [
    Bed {
        place: "21",
        number: "MRN00021",
        name: "Marsh^Quentin",
        born: "19480311",
        behind: 180,
        purpose: "P",
    },
    Bed { place: "22", number: "MRN00022", name: "Delgado^Rosa", born: "19790624", behind: 0, purpose: "D" },
];

struct Bed {
    place: &'static str,
    number: &'static str,
    name: &'static str,
    born: &'static str,
    behind: i64,
    purpose: &'static str,
}

impl Bed {
    fn patient(&self) -> String {
        let Self { number, name, born, place, .. } = self;
        format!("PID|||{number}^^^H^MR||{name}||{born}|U\rPV1||I|ICU^2^{place}^H\r")
    }

    fn admission(&self) -> String {
        let at = format_time(now());
        let place = self.place;
        format!("MSH|^~\\&|ADT|H|GW|H|{at}||ADT^A01|A{place}|P|2.5\rEVN||{at}\r{}", self.patient())
    }

    /// Temperature and pressure as a monitor made for Fahrenheit sends them.
    fn measured(&self, count: i64) -> String {
        let at = format_time(now().plus(-self.behind * 1_000_000));
        let Self { place, purpose, .. } = self;
        let sway = count % 5;
        let (device, rate, temperature) = (format!("00A037009800{place:0>4}"), 68 + sway, 980 + sway);
        let row = |number: u32, term: &str, value: String, unit: &str| {
            format!(
                "OBX|{number}|NM|{term}^MDC|1.1.1.{number}|{value}|{unit}^MDC|||||R|||||||{device}^^{device}^EUI-64\r"
            )
        };
        let head = format!(
            "MSH|^~\\&|BEDSIDE^{device}^EUI-64|ICU|GW|H|{at}||ORU^R01^ORU_R01|{place}-{count}|{purpose}|2.6|||AL|NE||UNICODE UTF-8\r"
        );
        [
            head,
            self.patient(),
            format!("OBR|1|{count}|{count}|182777000^monitoring of patient^SCT|||{at}\r"),
            row(1, "147842^MDC_ECG_HEART_RATE", rate.to_string(), "264864^MDC_DIM_BEAT_PER_MIN"),
            row(2, "150456^MDC_PULS_OXIM_SAT_O2", (95 + sway % 3).to_string(), "262688^MDC_DIM_PERCENT"),
            row(3, "151562^MDC_RESP_RATE", (14 + sway % 4).to_string(), "264928^MDC_DIM_RESP_PER_MIN"),
            row(
                4,
                "150364^MDC_TEMP_BODY",
                format!("{}.{}", temperature / 10, temperature % 10),
                "266560^MDC_DIM_FAHR",
            ),
            row(5, "150021^MDC_PRESS_BLD_NONINV_SYS", (118 + sway).to_string(), "266016^MDC_DIM_MMHG"),
            row(6, "150022^MDC_PRESS_BLD_NONINV_DIA", (74 + sway).to_string(), "266016^MDC_DIM_MMHG"),
        ]
        .concat()
    }
}

/// What a device manager says and nobody has checked: the third device is with the first bedside patient.
fn proposal() -> String {
    let at = format_time(now());
    format!(
        "MSH|^~\\&|DM|H|GW|H|{at}||ORU^R01^ORU_R01|P1|P|2.6|||AL|NE|||||IHE_PCIM_001^IHE PCIM^1.3.6.1.4.1.19376.1.6.1.51.1^ISO\r\
         {}OBR|1||assoc-1|69136^MDC_OBS_ASSOCIATION_PATIENT_DEVICE^MDC|||{at}\r\
         OBX|1|CWE|68487^MDC_ATTR_EVT_COND^MDC|1.0.0.0|198332^MDC_EVT_ASSOC^MDC||||||R\r\
         PRT|1|AD||EQUIP|||||ICU^2^21^H|mon-03\r",
        BEDS[0].patient()
    )
}

/// What a thermometer that goes from bed to bed says: whose it was stands in the message and nowhere else.
fn spot_check(count: i64) -> String {
    let at = format_time(now());
    let Bed { number, name, born, .. } = &BEDS[1];
    format!(
        "MSH|^~\\&|SPOT^SPOT-1^L|ICU|GW|H|{at}||ORU^R01^ORU_R01|S{count}|P|2.6|||AL|NE||UNICODE UTF-8\r\
         PID|||{number}^^^H^MR||{name}||{born}|U\rOBR|1|{count}|{count}|182777000^monitoring of patient^SCT|||{at}\r\
         OBX|1|NM|150364^MDC_TEMP_BODY^MDC|1.1.1.1|37.{}|268192^MDC_DIM_DEGC^MDC|||||R|||||||SPOT-1^^SPOT-1^L\r",
        count % 10
    )
}

/// Speaks to the gateway until it closes.
pub(crate) async fn run(address: SocketAddr) -> Fallible<()> {
    let mut stream = TcpStream::connect(address).await?;
    for bed in &BEDS {
        say(&mut stream, &bed.admission()).await?;
    }
    say(&mut stream, &proposal()).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(2));
    for count in 0.. {
        ticks.tick().await;
        for bed in &BEDS {
            say(&mut stream, &bed.measured(count)).await?;
        }
        say(&mut stream, &spot_check(count)).await?;
    }
    Ok(())
}

/// Sends one message and waits for its answer.
async fn say(stream: &mut TcpStream, message: &str) -> Fallible<()> {
    let mut out = Vec::new();
    mllp::encode(message.as_bytes(), &mut out)?;
    stream.write_all(&out).await?;
    let (mut decoder, mut portion) = (mllp::Decoder::default(), [0; 4096]);
    loop {
        let read = stream.read(&mut portion).await?;
        if read == 0 {
            return Err("the gateway has closed".into());
        }
        decoder.push(portion.get(..read).unwrap_or_default());
        if decoder.next_frame()?.is_some() {
            return Ok(());
        }
    }
}
