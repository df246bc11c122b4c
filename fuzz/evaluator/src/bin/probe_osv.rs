//! Records of vulnerabilities: any text is one or an error, and one can be asked about any version.
#![no_main]

use evaluator::probe::osv::OsvRecord;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (json, ecosystem, version) = input;
    if let Ok(record) = OsvRecord::parse(json.as_bytes()) {
        for affected in &record.affected {
            let _ = affected.covers(ecosystem, version);
        }
    }
});
