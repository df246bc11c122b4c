//! Capture files: what a device sent, as bytes or as text that a person wrote.
//!
//! A file whose first line is `# medseal capture` is text: hexadecimal digits, in pairs, with spaces or line ends between the pairs as one likes, and `#` to
//! the end of a line for a remark. Any other file is the bytes themselves.

/// The first line of a capture that is text.
pub const HEADING: &str = "# medseal capture";

/// A text that is no capture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {found:?} is not a pair of hexadecimal digits")]
pub struct CaptureError {
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// What stands there.
    pub found: String,
}

/// The bytes that a capture file holds.
///
/// # Errors
/// When it is a text, and has something else than pairs of digits and remarks.
pub fn bytes(file: &[u8]) -> Result<Vec<u8>, CaptureError> {
    let Some(text) = file.starts_with(HEADING.as_bytes()).then(|| String::from_utf8_lossy(file)) else {
        return Ok(file.to_vec());
    };
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        for word in code.split_ascii_whitespace() {
            let column = word.as_ptr().addr() - code.as_ptr().addr() + 1;
            let pair = hex::decode(word).map_err(|_| CaptureError {
                line: number + 1,
                column,
                found: word.to_owned(),
            })?;
            out.extend_from_slice(&pair);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_bytes() {
        assert_eq!(bytes(&[0x23, 0x00]), Ok(vec![0x23, 0x00]));
        let text = "# medseal capture\n# of a thermometer\n1C 2A05  # length\n\n 0600\n";
        assert_eq!(bytes(text.as_bytes()), Ok(vec![0x1C, 0x2A, 0x05, 0x06, 0x00]));
        let wrong = bytes(b"# medseal capture\n00 1\n");
        assert_eq!(wrong, Err(CaptureError { line: 2, column: 4, found: "1".into() }));
    }
}
