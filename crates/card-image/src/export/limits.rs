//! Limits of what is told of packages on a card.

/// Bytes of method descriptors that one package's interface may take. Honest packages need a hundredth; 255 classes of
/// 128 inherited methods of 255 parameters (JCVM 6.13, 6.14) would take a thousand times as much as their file.
pub(super) const CARD_TEXT_MAX: usize = 4 << 20;
