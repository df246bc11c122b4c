//! The adapters that there are. A new one is a folder and a line here.

use clinical::hl7::Zone;

use crate::{Adapter, Decoded, Problem, Record, Refusal};

/// All of them, in the order in which they are listed.
static ALL: [&dyn Adapter; 5] =
    [&crate::mapped::Mapped, &crate::gatt::Gatt, &crate::phd::Phd, &crate::serial::Serial, &crate::sdc::Sdc];

/// All adapters.
#[must_use]
pub fn all() -> &'static [&'static dyn Adapter] {
    &ALL
}

/// The adapter of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Adapter> {
    ALL.iter().copied().find(|adapter| adapter.name() == name)
}

/// The readings of a record, by the adapter that it names.
///
/// # Errors
/// [`Refusal`] when no adapter has that name, or its adapter cannot read it.
pub fn read(record: &Record, zone: &Zone) -> Result<Decoded, Refusal> {
    let unknown = || Refusal::at(0, Problem::Unknown { what: "adapter", found: record.adapter.clone() });
    by_name(&record.adapter).ok_or_else(unknown)?.read(record, zone)
}
