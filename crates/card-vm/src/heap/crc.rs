//! CRC-32 (the polynomial of ISO 3309 and IEEE 802.3), by which the journal recognises a torn tail.

#[cfg_attr(
    not(test),
    expect(clippy::indexing_slicing, reason = "evaluated by the compiler, the index is below 256")
)]
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
};

/// The checksum of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut value = u32::MAX;
    for byte in bytes {
        let index = (value ^ u32::from(*byte)) & 0xFF;
        value = TABLE.get(index as usize).copied().unwrap_or(0) ^ (value >> 8);
    }
    !value
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_published_catalogue() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
    }
}
