//! Bounds of the verifier's own work, so that no input can make it run or grow without end.

/// Findings that are kept; a file with more is bad enough.
pub(super) const MAX_FINDINGS: usize = 1_000;
/// Instructions that are looked at for one method, per instruction that it has. Each join can be visited once for
/// every change of its types, and types only ever widen.
pub(super) const STEPS_PER_INSTRUCTION: usize = 64;
/// Classes that a value may be of after ways have met; with more it counts as `java.lang.Object`.
pub(super) const MAX_ALTERNATIVES: usize = 16;
