//! The bounds within which the detectors work, and where they come from.

/// Lowest sample rate at which a QRS complex still has its shape: its energy lies between 5 and 40 Hz.
pub const LOWEST_SAMPLE_RATE_HZ: f64 = 50.0;

/// Highest sample rate taken; it bounds the memory of the moving windows.
pub const HIGHEST_SAMPLE_RATE_HZ: f64 = 20_000.0;

/// No two ventricular beats follow each other faster: the heart muscle cannot be excited again before (Pan and Tompkins 1985, section III).
pub const REFRACTORY_S: f64 = 0.2;

/// Fastest rate that is reported as a heart rate; IEC 60601-2-27 clause 201.12.1.101.15 asks for at least 250 per minute of adults' monitors, 300 for neonates'.
pub const FASTEST_PER_MINUTE: f64 = 300.0;

/// Slowest rate that is reported; a monitor calls anything slower asystole.
pub const SLOWEST_PER_MINUTE: f64 = 15.0;

/// Intervals that a rate is averaged over.
pub const RATE_INTERVALS: usize = 8;

/// Larger samples are cut off here: far above any converter's range, far below where squares lose all precision.
pub const LARGEST_SAMPLE: f64 = 1e9;

/// Below this part of the largest sample nothing is signal: a converter of 24 bits resolves 6e-8, the filters' arithmetic 1e-16.
pub const ROUNDING: f64 = 1e-9;
