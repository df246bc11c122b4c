//! Journals: whatever restores must give a snapshot that restores to the same. The checksum is put right, so that
//! the records behind it are reached.
#![no_main]

use card_vm::heap::Heap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|records: &[u8]| {
    let mut crc = u32::MAX;
    for byte in records {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    let journal = [&(records.len() as u32).to_le_bytes()[..], &(!crc).to_le_bytes(), records].concat();
    let Ok((mut heap, _)) = Heap::restore(&journal) else { return };
    let snapshot = heap.snapshot();
    let (mut again, taken) = Heap::restore(&snapshot).expect("a snapshot restores");
    assert_eq!(taken, snapshot.len());
    assert_eq!(again.snapshot(), snapshot);
});
