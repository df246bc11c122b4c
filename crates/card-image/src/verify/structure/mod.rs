//! Whether the components fit together, before any code is looked at.

mod classes;
mod descriptor;
mod exports;
mod files;
mod methods;
mod pool;
mod references;
mod statics;

pub(super) use classes::check_classes;
pub(super) use descriptor::{check_members, pair_classes};
pub(super) use exports::{check_applets, check_exports};
pub(super) use files::check_files;
pub(super) use methods::{Code, check_methods};
pub(super) use pool::check_pool;
pub(super) use references::check_reference_locations;
pub(super) use statics::check_statics;
