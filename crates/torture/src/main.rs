//! `torture`: what `cargo xtask torture` runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use torture::{Options, run};

/// Faults under load on a gateway of this machine, and the account that must come out even.
#[derive(Parser)]
#[command(
    name = "torture",
    after_help = "Exit codes: 0 even; 1 something is lost, twice or out of order; 2 wrong arguments; 3 the machine would not."
)]
struct Arguments {
    /// The program under test
    #[arg(long, value_name = "PROGRAM")]
    medseal: PathBuf,
    /// How long: 30s, 10m, 2h
    #[arg(long = "for", value_name = "TIME", value_parser = time, default_value = "30s")]
    lasts: Duration,
    /// What the order of faults is made of; another each time when none is given
    #[arg(long)]
    seed: Option<u64>,
    /// Messages a second of each way in
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// Leave RabbitMQ out, which takes its time to start
    #[arg(long)]
    without_queue: bool,
    /// Keep everything in this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time like 30s, 10m or 2h");
    let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let random = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    let options = Options {
        medseal: arguments.medseal,
        lasts: arguments.lasts,
        seed: arguments.seed.unwrap_or_else(random),
        rate: arguments.rate,
        with_queue: !arguments.without_queue,
        folder: arguments.folder,
        tells: true,
    };
    anstream::eprintln!("seed {}", options.seed);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("the runtime: {error}");
            return ExitCode::from(3);
        }
    };
    match runtime.block_on(run(options)) {
        Ok(report) => {
            if arguments.json {
                match serde_json::to_string(&report) {
                    Ok(text) => anstream::println!("{text}"),
                    Err(error) => anstream::eprintln!("{error}"),
                }
            } else {
                anstream::println!("{report}");
            }
            if report.is_even() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error @ torture::TortureError::Option(_)) => {
            anstream::eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
