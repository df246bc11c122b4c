//! What this machine can do by itself, in the same minutes as the rows it stands beside.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use load::Fleet;
use load::Messages;
use load::fleet::Device;
use seal::SealedBatch;

use crate::Error;

/// How long each limit is measured.
const TIME: Duration = Duration::from_secs(2);

/// Synced writes of 4 KiB a second in this folder, one after the other.
pub(crate) fn syncs(folder: &Path) -> Result<f64, Error> {
    let path = folder.join("synced");
    let failed = |source| Error::Io { what: path.display().to_string(), source };
    let mut file = std::fs::File::create(&path).map_err(failed)?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < TIME {
        file.write_all(&[0x5a; 4096]).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// How many cores there are.
pub(crate) fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)
}

/// Batches of so many readings that all cores together verify a second, without queue or storage.
pub(crate) fn verifies(readings: u32) -> Result<f64, Error> {
    let maker = device::maker::MakerCa::generate("Measuring").map_err(load::fleet::FleetError::from)?;
    let mut fleet = Fleet::default();
    let device: &Device = match fleet.grow(&maker, 1)? {
        [device] => device,
        _ => return Err(Error::Program { program: "fleet".into(), said: "no device".into() }),
    };
    let mut messages = Messages::Sealed(Box::new(device.messages(readings)?));
    let mut sealed = Vec::new();
    for _ in 0..64 {
        sealed.extend(SealedBatch::parse(&messages.make()?.bytes).ok());
    }
    let key = seal::Maker::from_der(maker.certificate())
        .and_then(|maker| maker.check(device.seal_certificate(), seal::Purpose::Seal));
    let key = key.map_err(|error| Error::Program { program: "maker".into(), said: error.to_string() })?.key;
    let count = || {
        let (begun, mut done) = (Instant::now(), 0_u32);
        while begun.elapsed() < TIME {
            for one in &sealed {
                done += u32::from(key.verify(one.clone()).is_ok());
            }
        }
        f64::from(done) / begun.elapsed().as_secs_f64()
    };
    let rates = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores() as usize).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    });
    Ok(rates)
}

/// Processor time that this process, the load generator, has used.
pub(crate) fn own_time() -> Result<Duration, Error> {
    let path = "/proc/self/schedstat";
    // The first number is of the main thread alone; of all threads, each has its own file.
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task").map_err(Error::io("/proc/self/task"))? {
        let path = task.map_err(Error::io(path))?.path().join("schedstat");
        // A thread may have ended meanwhile.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        sum += text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(Duration::from_nanos(sum))
}
