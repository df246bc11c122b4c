//! All automation of the workspace: `cargo xtask COMMAND`.
//!
//! A newcomer needs two of these, `ward` and `test`; each installs what it misses. The rest are the steps
//! they are made of. No dependencies, so that the first word appears seconds after the first keystroke.

mod applets;
mod bench;
mod fuzz;
mod needs;
mod shell;
mod test;
mod tidy;
mod torture;
mod ward;
mod web;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND [ARGS]

  ward [ARGS]     set up, build, and run a ward of simulated bedside monitors (medseal ward ARGS)
  test [ARGS]     set up and run every test (cargo nextest ARGS, then the browser and lint rules)
  lint            cargo fmt --check, clippy with warnings denied, tidy
  tidy            the rules of the house: dependency direction, file and function size, words
  web             build the dashboard into web/dist
  applets         build the applets' CAP files from their Java sources
  bench [NAME]    the measurements of docs/performance.md, all or one (bench card [--json]: the card beside its peers)
  torture [--for TIME] [--seed N] [--json]
                          faults under load on a gateway of this machine, and the account that must come out even
  fuzz TARGET [SECONDS | --runs N]
                          run one fuzz target (no TARGET: list them)

Examples:
  cargo xtask ward                          eight monitors, a gateway, a dashboard
  cargo xtask ward --devices 64 --attack    a large ward that attacks itself
  cargo xtask test -p card-vm               one room's tests
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "ward" => ward::run(&rest),
        "test" => test::run(&rest),
        "lint" => test::lint(),
        "tidy" => tidy::run(),
        "web" => web::build(),
        "applets" => applets::build(),
        "bench" => bench::run(&rest),
        "torture" => torture::torture(&rest),
        "fuzz" => fuzz::run(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(shell::Failed(format!("no command '{other}'\n\n{HELP}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("\nxtask: {failed}");
            ExitCode::FAILURE
        }
    }
}
