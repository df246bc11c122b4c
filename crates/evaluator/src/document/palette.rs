//! The colours, once for all renderers. Each ink on its ground has a contrast of at least 4.5 to 1 (WCAG 2.1, 1.4.3).

use super::Tone;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// Running text.
pub(super) const INK: Colour = Colour(0x1c, 0x23, 0x2b);
/// Text that stands back.
pub(super) const QUIET: Colour = Colour(0x55, 0x60, 0x6b);
/// Headings, links, the bar on the cover.
pub(super) const ACCENT: Colour = Colour(0x12, 0x4e, 0x6b);
/// Lines between rows.
pub(super) const RULE: Colour = Colour(0xd5, 0xdb, 0xe1);
/// The ground of header rows.
pub(super) const HEAD: Colour = Colour(0xee, 0xf2, 0xf5);
/// Paper.
pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);

/// The three colours of a tone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shades {
    /// Words.
    pub(super) ink: Colour,
    /// The ground below words.
    pub(super) ground: Colour,
    /// Bars and edges.
    pub(super) fill: Colour,
}

impl Tone {
    pub(super) const fn shades(self) -> Shades {
        let (ink, ground, fill) = match self {
            Self::Good => (Colour(0x0b, 0x5f, 0x35), Colour(0xdf, 0xf2, 0xe7), Colour(0x2f, 0x9a, 0x62)),
            Self::Bad => (Colour(0x92, 0x1a, 0x1a), Colour(0xfb, 0xe3, 0xe3), Colour(0xc9, 0x3c, 0x3c)),
            Self::Open => (Colour(0x7a, 0x49, 0x00), Colour(0xfc, 0xee, 0xd2), Colour(0xdf, 0x9c, 0x2c)),
            Self::Quiet => (Colour(0x4c, 0x56, 0x61), Colour(0xea, 0xed, 0xf0), Colour(0xb3, 0xbc, 0xc5)),
            Self::Plain => (Colour(0x16, 0x48, 0x78), Colour(0xe2, 0xec, 0xf7), Colour(0x47, 0x83, 0xbd)),
        };
        Shades { ink, ground, fill }
    }

    /// The name of the tone in style sheets.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Open => "open",
            Self::Quiet => "quiet",
            Self::Plain => "plain",
        }
    }
}

impl Colour {
    /// `RRGGBB` in hexadecimal.
    pub(super) fn hex(self) -> String {
        format!("{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Colour) -> f64 {
        let part = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(colour.0) + 0.7152 * part(colour.1) + 0.0722 * part(colour.2)
    }

    #[test]
    fn every_ink_can_be_read_on_its_ground() {
        let tones = [Tone::Good, Tone::Bad, Tone::Open, Tone::Quiet, Tone::Plain];
        let pairs = tones.map(|tone| (tone.shades().ink, tone.shades().ground));
        for (ink, ground) in
            pairs.into_iter().chain([(INK, PAPER), (QUIET, PAPER), (ACCENT, PAPER), (INK, HEAD)])
        {
            let (light, dark) = (luminance(ground), luminance(ink));
            assert!((light + 0.05) / (dark + 0.05) >= 4.5, "{ink:?} on {ground:?}");
        }
    }
}
