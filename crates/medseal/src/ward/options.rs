//! What a ward can be told.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `medseal ward`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// How many bedside monitors
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) devices: u16,
    /// Stop by itself after this long, for instance 20s, 5m or 1h (default: run until interrupted)
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// Attack the ward: changed, replayed, skipped, foreign and revoked batches
    #[arg(long)]
    pub(crate) attack: bool,
    /// Print nothing but one JSON object at the end
    #[arg(long)]
    pub(crate) json: bool,
    /// Keep the ward's data (keys, cards, store) in this new folder (default: a temporary one, removed at the end)
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Make keys, cards and configuration in --data DIR, print how to start each part by itself, and end
    #[arg(long, requires = "data")]
    pub(crate) prepare: bool,
    /// How the monitors deliver
    #[arg(long, value_enum, default_value_t = Way::Mqtt)]
    pub(crate) transport: Way,
    /// Where the dashboard and FHIR API listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) http: SocketAddr,
    /// Where the gateway listens for MQTT over TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) mqtt: SocketAddr,
}

/// How monitors deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// MQTT over mutual TLS
    Mqtt,
    /// HTTPS requests with access tokens
    Https,
    /// gRPC streams with access tokens
    Grpc,
    /// Each monitor another of them
    Mixed,
}

impl Way {
    /// The way of the monitor at this place.
    pub(super) fn of(self, index: usize) -> Self {
        match self {
            Self::Mixed => match index % 3 {
                0 => Self::Mqtt,
                1 => Self::Https,
                _ => Self::Grpc,
            },
            Self::Mqtt | Self::Https | Self::Grpc => self,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  medseal ward                               eight monitors; prints where to look
  medseal ward --devices 64 --attack         a large ward that attacks itself
  medseal ward --transport mixed             monitors over MQTT, HTTPS and gRPC, tokens signed in their elements
  medseal ward --for 20s --attack --json     without a screen: one JSON object at the end
  medseal ward --data ./ward --prepare       only make keys, cards and configuration

The exit code is 0 when all that was sealed was stored or is still spooled and no attack got through, else 1.";

/// Reads `20s`, `5m`, `1h`, `1500ms`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| format!("'{text}': a number and a unit, such as 20s"))?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("'{unit}': units are ms, s, m and h")),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(|| format!("'{text}' is too long"))
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn times_are_numbers_with_units() {
        assert_eq!(duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("7"), Ok(Duration::from_secs(7)));
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "-3s", "1.5s", "3 weeks", "99999999999999999999h", "18446744073709551615h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
