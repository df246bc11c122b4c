//! A slow disk: `strace`, attached to the gateway, holds every sync back before it is carried out, as a worn or crowded disk would.
//!
//! What is held back is the system call itself, so that it is the program under test which waits, with whatever it holds meanwhile. It takes no kernel
//! module; where one process may not look into another (containers, Yama) it cannot be had, which [`cannot`] finds out beforehand.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::error::{TortureError, io};
use crate::limits;

/// The calls that bring data to a disk.
const SYNCS: &str = "fsync,fdatasync,sync_file_range";

/// Why no disk can be slowed here, if so: tried on a process of no importance.
pub(crate) async fn cannot() -> Option<String> {
    let mut victim = match Command::new("sleep").arg("60").kill_on_drop(true).spawn() {
        Ok(victim) => victim,
        Err(error) => return Some(format!("sleep: {error}")),
    };
    let pid = victim.id()?;
    let why = attach(pid, Duration::from_millis(1), Path::new("/dev/null")).await.err();
    // It has nothing more to do, and may have ended.
    let _ = victim.kill().await;
    why.map(|error| error.to_string())
}

/// Holds each sync of a process back by `late` for `lasts`; gives how many were.
pub(crate) async fn slow(
    pid: Pid,
    late: Duration,
    lasts: Duration,
    log: &Path,
) -> Result<usize, TortureError> {
    let pid = u32::try_from(pid.as_raw_nonzero().get()).unwrap_or_default();
    let strace = attach(pid, late, log).await?;
    sleep(lasts).await;
    detach(strace).await?;
    let text = std::fs::read_to_string(log).map_err(io(log.display().to_string()))?;
    Ok(text.lines().filter(|line| line.contains("DELAYED")).count())
}

async fn attach(pid: u32, late: Duration, log: &Path) -> Result<Child, TortureError> {
    let inject = format!("inject={SYNCS}:delay_enter={}", late.as_micros());
    let mut strace = Command::new("strace")
        .args(["-f", "-q", "-e", &format!("trace={SYNCS}"), "-e", &inject, "-p", &pid.to_string(), "-o"])
        .arg(log)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // What it holds goes on when it dies.
        .kill_on_drop(true)
        .spawn()
        .map_err(io("strace"))?;
    let by = tokio::time::Instant::now() + limits::FAULT * 2;
    while !is_traced(pid) {
        let ended = strace.try_wait().map_err(io("strace"))?;
        if ended.is_some() || tokio::time::Instant::now() > by {
            // Its end is what is wanted.
            let _ = strace.start_kill();
            let output = strace.wait_with_output().await.map_err(io("strace"))?;
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(TortureError::Strace(said));
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(strace)
}

/// Whether somebody looks into the process.
fn is_traced(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|by| by.trim() != "0"))
}

/// Lets the process go; an strace that does not end is killed, which lets it go too.
async fn detach(mut strace: Child) -> Result<(), TortureError> {
    let pid = strace.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended with what it was attached to.
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
    match timeout(limits::FAULT, strace.wait()).await {
        Ok(ended) => ended.map(drop).map_err(io("strace")),
        Err(_) => strace.kill().await.map_err(io("strace")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn syncs_are_late_while_the_disk_is_slow_and_quick_again_after_it() {
        if cannot().await.is_some() {
            // This machine lets nobody do it; the run says so in its report.
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = "import os, sys, time\nfile = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)\n\
                      while True:\n    began = time.time()\n    os.fsync(file)\n    print(time.time() - began, flush=True)\n    time.sleep(0.01)";
        let times = std::fs::File::create(folder.path().join("times")).unwrap();
        let mut writer = Command::new("python3")
            .args(["-c", script])
            .arg(folder.path().join("file"))
            .stdout(times)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(i32::try_from(writer.id().unwrap()).unwrap()).unwrap();
        let longest = || {
            let text = std::fs::read_to_string(folder.path().join("times")).unwrap();
            text.lines().filter_map(|line| line.parse::<f64>().ok()).fold(0.0, f64::max)
        };
        let began = Instant::now();
        while longest() == 0.0 && began.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(20)).await;
        }
        let (late, lasts) = (Duration::from_secs(2), Duration::from_secs(5));
        let held = slow(pid, late, lasts, &folder.path().join("strace")).await.unwrap();
        assert!((1..=5).contains(&held), "{held} syncs of two seconds each in some five");
        assert!(longest() >= 2.0, "{}", longest());
        assert!(!is_traced(u32::try_from(pid.as_raw_nonzero().get()).unwrap()));
        writer.kill().await.unwrap();
    }
}
