//! A bar for long work, on terminals only.

use card_link::{Element, LinkError};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// LOAD (GlobalPlatform Card Specification, 11.6).
const LOAD: u8 = 0xE8;

/// An element that shows how much of a load file it was given. On anything but a terminal it shows nothing.
pub(crate) struct Watched<E> {
    element: E,
    bar: ProgressBar,
}

impl<E: Element> Watched<E> {
    /// Watches `element` take a load file of so many bytes.
    pub(crate) fn new(element: E, bytes: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(bytes as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("loading {bar:40} {bytes}/{total_bytes} {eta}") {
            bar.set_style(style);
        }
        Self { element, bar }
    }
}

impl<E> Drop for Watched<E> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl<E: Element> Element for Watched<E> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let answer = self.element.transmit(command)?;
        if let [_, LOAD, _, _, _, data @ ..] = command {
            self.bar.inc(data.len() as u64);
        }
        Ok(answer)
    }

    fn atr(&self) -> Vec<u8> {
        self.element.atr()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        self.element.reset()
    }

    fn diagnosis(&mut self) -> Option<String> {
        self.element.diagnosis()
    }
}
