//! Exported audit logs: any bytes are one or a fault, and what is one is whole: as many rows as it says, up to the head that it says.
#![no_main]

use gateway::audit::export::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rows = 0;
    if let Ok(exported) = check(bytes, |_| rows += 1) {
        assert_eq!(exported.rows, rows);
        assert!(rows > 0 || exported.head == exported.after);
    }
});
